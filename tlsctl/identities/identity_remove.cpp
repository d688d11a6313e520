// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/identities/identity_uses.hpp"
#include "tlsctl/identities/identity_view.hpp"

#include <memory>
#include <string>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string name;
    bool force = false;
};

/// Their next reconnect would fail, or that of a mount of which nobody knows what it proves.
Status check_unused(const std::string &name, const Context &context) {
    const auto uses = find_uses(context);
    if (!uses)
        return uses.error();
    const auto &use = uses->of(name);
    const std::string remedy =
        "unmount those that need it first; --force removes it all the same, and their next reconnect fails";
    if (!use.none()) {
        Error error{Stage::keyring, "identity-in-use", "identity " + name + " is in use"};
        if (!use.mounts.empty())
            error.facts.push_back({"mounted with it", printable(join(use.mounts, " "))});
        if (!use.sections.empty())
            error.facts.push_back({"named in the configuration", printable(join(use.sections, " "))});
        return std::move(error).advise(remedy);
    }
    if (uses->unknown_mounts.empty())
        return {};
    return Error{Stage::keyring, "identity-in-use",
                 "mounts prove identities here, and " + name + " may be one of them"}
        .with("not known what they prove", printable(join(uses->unknown_mounts, " ")))
        .advise(remedy);
}

Result<Report> remove(const Options &options, const Context &context) {
    const keys::IdentityStore store(context.root);
    auto keyring = nfs_keyring(context);
    if (!keyring)
        return std::move(keyring).error();
    if (auto known = store.check_known(options.name); !known)
        return std::move(known).error();
    if (!options.force)
        if (auto unused = check_unused(options.name, context); !unused)
            return std::move(unused).error();
    const auto held = store.hold();
    if (!held)
        return held.error();
    if (auto removed = store.remove(options.name, *held); !removed)
        return std::move(removed).error();
    if (*keyring)
        if (auto withdrawn = keys::withdraw_identity(**keyring, options.name); !withdrawn)
            return std::move(withdrawn).error();
    Report report;
    report.text = "Identity " + options.name + " is removed" + (*keyring ? ", its keys with it\n" : "\n");
    report.json = {{"name", options.name}, {"removed", true}};
    return report;
}

} // namespace

void add_identity_remove(Command parent, Context &context) {
    const Command command =
        add_command(parent, "remove", "Forget a certificate and its key", "  tlsctl identity remove lab\n");
    const auto options = std::make_shared<Options>();
    command.add_option("NAME", options->name, "One that tlsctl identity list shows")
        .type_name(" ")
        .required();
    command.add_flag("--force", options->force, "Also when it is in use, or may be");
    command.callback([options, &context] {
        context.selected = [options, &context] { return remove(*options, context); };
    });
}

} // namespace rpctls::tlsctl
