// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/psks/psk_view.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string identity;
    std::string keyring;
};

Error unknown(const Options &options) {
    return Error{Stage::input, "psk-unknown", "no stored pre-shared key has that identity"}
        .with("identity", printable(options.identity))
        .with("keyring", options.keyring.empty() ? "any" : printable(options.keyring))
        .advise(
            "tlsctl psk list names those that there are; one of nvme-cli's goes with nvme tls-key --revoke");
}

Result<Report> remove(const Options &options, const Context &context) {
    const keys::PskStore store(context.root);
    const auto entries = store.list();
    if (!entries)
        return entries.error();
    PskKeyrings keyrings(context);
    std::vector<std::string> places;
    for (const auto &entry : *entries) {
        if (!entry.record || entry.record->identity != options.identity ||
            (!options.keyring.empty() && entry.record->keyring != options.keyring))
            continue;
        const auto keyring = keyrings.find(entry.record->keyring);
        if (!keyring)
            return keyring.error();
        // First the file: what is left on the keyring after a failure is gone with the next boot, not back.
        if (auto removed = store.remove(entry.file); !removed)
            return std::move(removed).error();
        if (*keyring)
            if (auto withdrawn = keys::withdraw_psk(**keyring, *entry.record); !withdrawn)
                return std::move(withdrawn).error();
        places.push_back(entry.record->keyring);
    }
    if (places.empty())
        return unknown(options);
    Report report;
    report.text = "Pre-shared key " + printable(options.identity) + " is removed from " + join(places, ", ") +
                  "; connections that use it go on until they are made anew\n";
    report.json = {{"identity", options.identity}, {"removed", places.size()}, {"keyrings", places}};
    return report;
}

} // namespace

void add_psk_remove(Command parent, Context &context) {
    const Command command =
        add_command(parent, "remove", "Forget a pre-shared key", "  tlsctl psk remove link-1\n");
    const auto options = std::make_shared<Options>();
    command.add_option("IDENTITY", options->identity, "One that tlsctl psk list shows")
        .type_name(" ")
        .required();
    command.add_option("--keyring", options->keyring, "Only the one for this keyring").type_name("NAME");
    command.callback([options, &context] {
        context.selected = [options, &context] { return remove(*options, context); };
    });
}

} // namespace rpctls::tlsctl
