// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/own_certificates.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

using Use = OwnCertificate::Use;

OwnCertificate read(Use use, std::string label, const std::filesystem::path &certificate,
                    const std::filesystem::path &private_key) {
    const auto text = read_file(certificate);
    return {use, std::move(label), certificate, private_key,
            text ? tls::parse_chain(as_bytes(*text), certificate.string()) : text.error()};
}

OwnCertificate identity(const Examination &examination, const std::string &name) {
    const auto directory = keys::IdentityStore(examination.context.root).directory() / name;
    return read(Use::identity, "identity " + name, directory / "cert.pem", directory / "key.pem");
}

void add_role(std::vector<OwnCertificate> &found, const Examination &examination, Use use,
              const std::string &label, const tls::RoleSettings &role) {
    const auto below = [&](const std::filesystem::path &path) {
        return examination.context.below_root(path);
    };
    if (role.identity) {
        auto named = identity(examination, *role.identity);
        named.use = use;
        named.label = label + " (identity " + *role.identity + ")";
        found.push_back(std::move(named));
    }
    if (role.certificate && role.private_key)
        found.push_back(read(use, label, below(*role.certificate), below(*role.private_key)));
    if (role.pq_certificate && role.pq_private_key)
        found.push_back(
            read(use, label + ", post-quantum", below(*role.pq_certificate), below(*role.pq_private_key)));
}

} // namespace

std::vector<OwnCertificate> own_certificates(const Examination &examination) {
    std::vector<OwnCertificate> found;
    if (examination.settings) {
        const auto &settings = *examination.settings;
        if (examination.roles.server)
            add_role(found, examination, Use::server, "the server's certificate", settings.server);
        if (examination.roles.client)
            add_role(found, examination, Use::client, "the client's certificate", settings.client);
    }
    if (const auto names = keys::IdentityStore(examination.context.root).list())
        for (const std::string &name : *names) {
            auto own = identity(examination, name);
            if (std::ranges::none_of(found,
                                     [&](const auto &known) { return known.certificate == own.certificate; }))
                found.push_back(std::move(own));
        }
    return found;
}

} // namespace rpctls::tlsctl
