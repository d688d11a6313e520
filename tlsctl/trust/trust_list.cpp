// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/trust/trust_view.hpp"

namespace rpctls::tlsctl {

namespace {

using Rows = std::vector<std::vector<std::string>>;

void add_row(Rows &rows, const std::string &role, const tls::CertificateInfo &certificate) {
    rows.push_back(
        {role, certificate.subject,
         format_time(certificate.not_after).substr(0, 10) + " (" + validity_words(certificate) + ")",
         certificate.fingerprint});
}

std::string_view word_for(TrustSource::Kind kind) {
    switch (kind) {
    case TrustSource::Kind::system:
        return "system";
    case TrustSource::Kind::kept:
        return "kept";
    case TrustSource::Kind::configured:
        return "configured";
    }
    return "";
}

/// "client: servers are verified with …"
std::string headline(const TrustSource &source, bool nobody) {
    const bool client = source.role == tls::TrustRole::client;
    const std::string whom = client ? "servers" : "clients";
    std::string text = std::string(to_string(source.role)) + ": ";
    if (source.kind == TrustSource::Kind::system)
        return text + whom + " are verified with the system's trust store\n";
    if (nobody)
        return text + "no " + whom + " are trusted (" + source.file.string() + ")\n";
    text += whom + " are verified with " + source.file.string();
    if (source.kind == TrustSource::Kind::configured)
        text += ", which " + source.configuration.string() + " names";
    return text + "\n";
}

Result<Report> list(const Context &context) {
    Report report;
    Rows rows;
    report.json["roles"] = nlohmann::json::object();
    for (const tls::TrustRole role : {tls::TrustRole::client, tls::TrustRole::server}) {
        const auto source = find_trust(role, context);
        if (!source)
            return source.error();
        nlohmann::json object = {{"source", word_for(source->kind)}};
        if (source->kind != TrustSource::Kind::system)
            object["file"] = source->file.string();
        auto certificates = read_trust(*source);
        if (certificates) {
            const bool nobody = certificates->empty() && source->kind != TrustSource::Kind::system;
            report.text += headline(*source, nobody);
            object["nobody"] = nobody;
            object["certificates"] = nlohmann::json::array();
            for (const tls::CertificateInfo &certificate : *certificates) {
                add_row(rows, std::string(to_string(role)), certificate);
                object["certificates"].push_back(certificate_json(certificate));
            }
        } else {
            // The other role is to be seen all the same.
            report.text += std::string(to_string(role)) + ": " + source->file.string() + " is damaged\n";
            object["error"] = to_json(certificates.error());
            if (!report.error)
                report.error = std::move(certificates).error();
        }
        report.json["roles"][std::string(to_string(role))] = std::move(object);
    }
    const auto system = list_system_trust(context);
    report.json["system"] = nlohmann::json::array();
    if (!system && !report.error)
        report.error = system.error();
    if (system)
        for (const SystemTrustEntry &entry : *system) {
            add_row(rows, "system", entry.certificate);
            report.json["system"].push_back(certificate_json(entry.certificate));
            report.json["system"].back()["file"] = entry.file.string();
        }
    if (!rows.empty())
        report.text += "\n" + table({"ROLE", "SUBJECT", "EXPIRES", "SHA-256"}, rows);
    return report;
}

} // namespace

void add_trust_list(Command parent, Context &context) {
    const Command command =
        add_command(parent, "list", "Whose certificates are believed, in which role",
                    "  tlsctl trust list\n"
                    "  tlsctl trust list --json | jq -r '.roles.client.certificates[].subject'\n");
    command.callback([&context] { context.selected = [&context] { return list(context); }; });
}

} // namespace rpctls::tlsctl
