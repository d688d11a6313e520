// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/check.hpp"

#include "rpc/base/time_text.hpp"

namespace rpctls::agent {

namespace {

void describe_role(CheckReport &report, const std::string &label, const CredentialsResult &credentials) {
    report.text += label + ": ";
    if (!credentials) {
        const Error &error = credentials.error();
        report.text += (error.name == "identity-missing" ? "none: " : "unusable: ") + summary(error) + "\n";
        if (!error.hint.empty())
            report.text += "  hint: " + error.hint + "\n";
        return;
    }
    const tls::Credentials &own = **credentials;
    if (own.has_identity()) {
        const tls::CertificateInfo &leaf = own.chain().front();
        report.text += "\"" + leaf.subject + "\" (" + leaf.names() + "), " + leaf.key_type +
                       ", valid until " + format_time(leaf.not_after);
    } else {
        report.text += "anonymous";
    }
    report.text += ", trusts " + own.trust_description() + "\n";
}

} // namespace

CheckReport describe(const Snapshot &snapshot) {
    CheckReport report;
    const tls::Settings &settings = snapshot.settings();
    report.text =
        "configuration: " + (settings.origin.empty() ? "none, all defaults" : settings.origin.string()) +
        "\n";
    for (const std::string &warning : settings.warnings)
        report.text += "warning: " + warning + "\n";
    describe_role(report, "client, xprtsec=tls", snapshot.anonymous_client());
    describe_role(report, "client, xprtsec=mtls", snapshot.client());
    describe_role(report, "server", snapshot.server());
    report.text += snapshot.service().describe();
    for (const Error &fault : snapshot.service_faults())
        report.text += "unusable, for programs: " + summary(fault) + "\n";
    report.good = snapshot.faults().empty();
    return report;
}

} // namespace rpctls::agent
