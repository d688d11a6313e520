// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/exports/server_certificate.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/settings.hpp"
#include "tlsctl/cli/arguments.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

Result<ServerCertificate> examine_server_certificate(const Context &context) {
    const auto settings = tls::load_settings(std::nullopt, context.root);
    if (!settings)
        return settings.error();
    const tls::RoleSettings &server = settings->server;
    std::filesystem::path file;
    if (server.identity)
        file = keys::IdentityStore(context.root).directory() / *server.identity / "cert.pem";
    else if (server.certificate)
        file = context.root == "/" ? *server.certificate : context.below_root(*server.certificate);
    else
        return Error{Stage::config, "server-certificate-missing",
                     "this host has no certificate as a server: no mount with TLS can succeed"}
            .with("configuration", settings->origin.empty() ? "none" : settings->origin.string())
            .advise("issue one (tlsctl cert issue) and name it with x509.certificate= and x509.private_key= "
                    "in [authenticate.server] of /etc/rpctls/rpctls.conf");
    const auto text = read_file(file);
    if (!text)
        return text.error();
    const auto chain = tls::parse_chain(as_bytes(*text), file.string());
    if (!chain)
        return chain.error();
    const tls::CertificateInfo &leaf = chain->front();
    if (leaf.not_after <= std::chrono::system_clock::now())
        return Error{Stage::config, "server-certificate-expired",
                     "this host's certificate as a server has expired"}
            .with("file", file.string())
            .with("expired", format_time(leaf.not_after))
            .advise("renew it (tlsctl cert renew)");
    ServerCertificate found;
    // Which name clients use nobody can know; that its own is missing is worth a word.
    const std::string own = host_name();
    const bool covers = std::ranges::any_of(leaf.dns_names, [&](const std::string &name) {
        return equal_ignoring_case(name, own) ||
               (own.find('.') == std::string::npos && lower_case(name).starts_with(lower_case(own) + "."));
    });
    if (context.root == "/" && !covers)
        found.notes.push_back("the server's certificate (" + leaf.names() + ") does not name this host, " +
                              printable(own) + ": clients have to mount by a name that it has");
    return found;
}

} // namespace rpctls::tlsctl
