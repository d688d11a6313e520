// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/psk.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/psks/psk_input.hpp"
#include "tlsctl/psks/psk_view.hpp"

#include <algorithm>
#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string identity;
    PskInput input;
    NvmeOptions nvme;
};

/// A key that is not stored: is it whole, and what becomes of it?
Result<Report> check_key(const Options &options, const Context &context) {
    const auto key = read_psk_input(options.input);
    if (!key)
        return key.error();
    const std::string hash = key->secret.size() == 48 ? "SHA-384" : "SHA-256";
    std::string identity;
    if (options.nvme.nvme) {
        auto derived = derive(*key, options.nvme, context);
        if (!derived)
            return std::move(derived).error();
        identity = std::move(derived->identity);
    }
    Report report;
    report.text =
        "The key is sound\n" +
        fields({{"format", std::string(to_string(key->format))}, {"hash", hash}, {"identity", identity}});
    report.json = {{"format", to_string(key->format)}, {"hash", hash}, {"octets", key->secret.size()}};
    if (!identity.empty())
        report.json["identity"] = identity;
    return report;
}

/// What keeps a stored key from being used; nothing when it is fine.
std::vector<std::string> faults_of(const keys::PskRecord &record, const PskView &view, bool running_system,
                                   const std::vector<std::string> &configured) {
    std::vector<std::string> faults;
    if (running_system && (!view.found || !view.found->same))
        faults.push_back(view.state() + ": run tlsctl psk restore");
    const auto hash = tls::psk_hash(record.identity, record.secret.size());
    if (!hash)
        faults.push_back(hash.error().what);
    else if (const auto supported = tls::check_psk_support(*hash); !supported)
        faults.push_back(supported.error().what);
    if (record.layout == keys::PskLayout::user &&
        std::ranges::find(configured, record.keyring) == configured.end())
        faults.push_back("rpctls.conf has no keyrings=" + record.keyring + " in [authenticate]");
    return faults;
}

Result<Report> check_stored(const Options &options, const Context &context) {
    const auto entries = keys::PskStore(context.root).list();
    if (!entries)
        return entries.error();
    const auto configured = configured_keyrings(context);
    if (!configured)
        return configured.error();
    PskKeyrings keyrings(context);
    Report report;
    report.json["psks"] = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows;
    const auto tell = [&](const std::string &identity, const std::vector<std::string> &faults) {
        rows.push_back({identity, faults.empty() ? "ok" : join(faults, "; ")});
        report.json["psks"].push_back({{"identity", identity}, {"ok", faults.empty()}, {"faults", faults}});
        if (!faults.empty())
            report.exit = Exit::no;
    };
    for (const auto &entry : *entries) {
        if (!entry.record) {
            if (options.identity.empty())
                tell(entry.file.string(), {summary(entry.record.error())});
            continue;
        }
        if (!options.identity.empty() && entry.record->identity != options.identity)
            continue;
        const auto view = view_psk(*entry.record, keyrings);
        if (!view)
            return view.error();
        tell(entry.record->identity, faults_of(*entry.record, *view, keyrings.running_system(), *configured));
    }
    if (rows.empty() && !options.identity.empty())
        return Error{Stage::input, "psk-unknown", "no stored pre-shared key has that identity"}.with(
            "identity", printable(options.identity));
    report.text = rows.empty() ? "no pre-shared keys are stored\n" : table({"IDENTITY", "RESULT"}, rows);
    return report;
}

Result<Report> check(const Options &options, const Context &context) {
    if (!options.input.given())
        return options.nvme.nvme ? usage_error("--nvme goes with --key-file or --key-fd")
                                 : check_stored(options, context);
    if (!options.identity.empty())
        return usage_error("give either IDENTITY or a key");
    return check_key(options, context);
}

} // namespace

void add_psk_check(Command parent, Context &context) {
    const Command command = add_command(
        parent, "check", "Whether a key is whole, or the stored ones are where they must be",
        "  tlsctl psk check\n"
        "  tlsctl psk check --key-file disk.key --nvme --subsysnqn nqn.2026-01.org.example:disk\n");
    const auto options = std::make_shared<Options>();
    command.add_option("IDENTITY", options->identity, "Only this stored key").type_name(" ");
    add_psk_input(command, options->input);
    add_nvme_options(command, options->nvme);
    command.callback(
        [options, &context] { context.selected = [options, &context] { return check(*options, context); }; });
}

} // namespace rpctls::tlsctl
