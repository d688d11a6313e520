// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "tlsctl/certificates/ca_crl_file.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    CaOptions ca;
    int days = 30;
    bool if_due = false;
};

Report report_of(const CaDirectory &ca, const tls::RevocationList &list, bool written) {
    Report report;
    report.text = "Revocation list " + ca.crl().string() + (written ? "\n  " : ", left as it is\n  ") +
                  crl_words(list) + "\n";
    if (written)
        report.text += "\n" + crl_use(ca);
    report.json = {{"crl", crl_json(ca, list)}, {"written", written}};
    return report;
}

Result<Report> run(const Options &options, const Context &context) {
    const CaDirectory ca = ca_directory(options.ca, context);
    // Before the lock, which would be made in a directory that is not there, and before anybody is asked for a passphrase.
    auto certificate = ca.load_certificate();
    if (!certificate)
        return std::move(certificate).error();
    auto lock = ca.lock();
    if (!lock)
        return std::move(lock).error();
    auto old = load_crl(ca, certificate->chain.front());
    if (!old)
        return std::move(old).error();
    if (options.if_due && *old && !is_due(**old, std::chrono::system_clock::now()))
        return report_of(ca, **old, false);
    auto material = ca.load(options.ca.passphrase);
    if (!material)
        return std::move(material).error();
    auto list = store_crl(ca, *material, *old, {}, options.days);
    if (!list)
        return std::move(list).error();
    return report_of(ca, *list, true);
}

} // namespace

void add_ca_crl(Command parent, Context &context) {
    const Command command =
        add_command(parent, "crl", "Date the CA's revocation list anew, with what is revoked as it is",
                    "  tlsctl ca crl\n"
                    "  tlsctl ca crl --if-due               # from a timer: only past the half of its time\n"
                    "  tlsctl ca crl --crl-days 7\n");
    const auto options = std::make_shared<Options>();
    add_ca_directory(command, options->ca);
    add_crl_days(command, options->days);
    command.add_flag("--if-due", options->if_due, "Do nothing before half of the list's time has passed");
    add_ca_passphrase(command, options->ca);
    command.callback(
        [options, &context] { context.selected = [options, &context] { return run(*options, context); }; });
}

} // namespace rpctls::tlsctl
