// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/ca_limits.hpp"
#include "rpc/tls/key_encryption.hpp"
#include "tlsctl/certificates/ca_crl_file.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/table.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

/// How the key lies there: "encrypted", "not encrypted", or why that cannot be told.
std::string key_state(const CaDirectory &directory) {
    const auto key = read_secret_file(directory.key());
    if (!key)
        return key.error().name == "file-missing" ? "not here" : summary(key.error());
    return tls::is_encrypted_key(*key) ? "encrypted" : "not encrypted";
}

Result<Report> show(const CaOptions &options, const Context &context) {
    const CaDirectory directory = ca_directory(options, context);
    auto material = directory.load_certificate();
    if (!material)
        return std::move(material).error();
    const tls::CertificateInfo &ca = material->chain.front();
    auto limits = tls::ca_limits(ca);
    if (!limits)
        return std::move(limits).error();
    const auto list = load_crl(directory, ca);
    if (!list)
        return list.error();
    const std::string state = key_state(directory);
    auto lines = certificate_fields(ca);
    lines.insert(lines.begin(), {"private key", directory.key().string() + ", " + state});
    lines.emplace_back("path length", limits->path_length ? std::to_string(*limits->path_length) : "any");
    lines.emplace_back("permitted names", join(limits->permitted_dns, ", "));
    lines.emplace_back("permitted addresses", join(limits->permitted_networks, ", "));
    lines.emplace_back("other constraints", limits->has_others ? "yes" : "");
    lines.emplace_back("revocation list",
                       *list ? directory.crl().string() + ", " + crl_words(**list) : "none yet");
    Report report;
    report.text = "CA certificate " + directory.certificate().string() + "\n" + fields(lines);
    report.json = {{"certificate", directory.certificate().string()},
                   {"private_key", directory.key().string()},
                   {"private_key_state", state},
                   {"ca", certificate_json(ca)},
                   {"permitted_dns", limits->permitted_dns},
                   {"permitted_networks", limits->permitted_networks},
                   {"other_constraints", limits->has_others},
                   {"path_length", nullptr},
                   {"crl", nullptr}};
    if (limits->path_length)
        report.json["path_length"] = *limits->path_length;
    if (*list)
        report.json["crl"] = crl_json(directory, **list);
    return report;
}

} // namespace

void add_ca_show(Command parent, Context &context) {
    const Command command = add_command(
        parent, "show", "Print the CA: its certificate, its limits, how its key is kept, what is revoked",
        "  tlsctl ca show\n"
        "  tlsctl ca show --json | jq .ca.days_left\n");
    const auto options = std::make_shared<CaOptions>();
    add_ca_directory(command, *options);
    command.callback(
        [options, &context] { context.selected = [options, &context] { return show(*options, context); }; });
}

} // namespace rpctls::tlsctl
