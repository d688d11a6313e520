// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/trust/trust_view.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/certificates/certificate_view.hpp"

namespace rpctls::tlsctl {

namespace {

std::string line(const std::string &verb, const tls::CertificateInfo &certificate,
                 const std::string &behind) {
    return verb + " " + printable(certificate.subject) + behind + "\n  SHA-256 " + certificate.fingerprint +
           ", " + validity_words(certificate) + "\n";
}

nlohmann::json certificates_json(const std::vector<tls::CertificateInfo> &certificates) {
    auto all = nlohmann::json::array();
    for (const tls::CertificateInfo &certificate : certificates)
        all.push_back(certificate_json(certificate));
    return all;
}

nlohmann::json entries_json(const std::vector<SystemTrustEntry> &entries) {
    auto all = nlohmann::json::array();
    for (const SystemTrustEntry &entry : entries) {
        all.push_back(certificate_json(entry.certificate));
        all.back()["file"] = entry.file.string();
    }
    return all;
}

} // namespace

void add_role(Command command, std::vector<tls::TrustRole> &roles, const std::string &what) {
    command
        .add_choice(
            "--role",
            [&roles](const std::string &word) {
                if (word == "client")
                    roles = {tls::TrustRole::client};
                else if (word == "server")
                    roles = {tls::TrustRole::server};
                else if (word == "both")
                    roles = {tls::TrustRole::client, tls::TrustRole::server};
                else
                    reject_choice("--role", word, "client, server, both");
            },
            what)
        .type_name("client|server|both");
}

std::string role_words(const std::vector<tls::TrustRole> &roles) {
    std::vector<std::string> words;
    for (const tls::TrustRole role : roles)
        words.emplace_back(to_string(role));
    return join(words, " and ");
}

Report trust_report(const TrustChange &change, const std::string &verb) {
    Report report;
    auto files = nlohmann::json::array();
    for (const TrustFileChange &file : change.files) {
        auto roles = nlohmann::json::array();
        for (const tls::TrustRole role : file.roles)
            roles.push_back(to_string(role));
        const std::string behind = " (" + role_words(file.roles) + ": " + file.file.string() + ")";
        for (const tls::CertificateInfo &certificate : file.changed)
            report.text += line(verb, certificate, behind);
        for (const tls::CertificateInfo &certificate : file.already)
            report.text += line("already trusted:", certificate, behind);
        files.push_back({{"file", file.file.string()},
                         {"roles", std::move(roles)},
                         {verb, certificates_json(file.changed)},
                         {"already", certificates_json(file.already)},
                         {"certificates", file.certificates.size()}});
    }
    for (const std::string &note : change.notes)
        report.text += "Note: " + note + "\n";
    if (report.text.empty())
        report.text = "nothing to do\n";
    report.json = {{"files", std::move(files)}, {"notes", change.notes}};
    return report;
}

Report system_trust_report(const SystemTrustChange &change, const std::string &verb) {
    Report report;
    for (const SystemTrustEntry &entry : change.changed)
        report.text += line(verb, entry.certificate, " (the system: " + entry.file.string() + ")");
    for (const SystemTrustEntry &entry : change.already)
        report.text +=
            line("already trusted:", entry.certificate, " (the system: " + entry.file.string() + ")");
    if (!change.changed.empty() && !change.applied)
        report.text += "Note: update-ca-certificates has to run in that system\n";
    report.json = {{"system",
                    {{verb, entries_json(change.changed)},
                     {"already", entries_json(change.already)},
                     {"applied", change.applied}}}};
    return report;
}

} // namespace rpctls::tlsctl
