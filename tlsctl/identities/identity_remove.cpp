// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/text.hpp"
#include "rpc/kernel/mounts.hpp"
#include "tlsctl/identities/identity_view.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string name;
    bool force = false;
};

/// Mounts that prove an identity here. Which one, kernels with serials keep to themselves: any could be the one.
Result<std::vector<std::string>> mounts_with_identities(const Context &context) {
    std::vector<std::string> points;
    if (context.root != "/")
        return points;
    const auto mounts = kernel::read_mounts();
    if (!mounts)
        return mounts.error();
    for (const kernel::Mount &mount : *mounts)
        if (mount.is_nfs() && mount.option("xprtsec") == "mtls")
            points.push_back(printable(mount.mount_point));
    return points;
}

Result<Report> remove(const Options &options, const Context &context) {
    const keys::IdentityStore store(context.root);
    auto keyring = nfs_keyring(context);
    if (!keyring)
        return std::move(keyring).error();
    if (!options.force) {
        const auto in_use = mounts_with_identities(context);
        if (!in_use)
            return in_use.error();
        if (!in_use->empty())
            return Error{Stage::keyring, "identity-in-use",
                         "mounts prove identities here, and " + options.name + " may be one of them"}
                .with("mounted with xprtsec=mtls", join(*in_use, " "))
                .advise("unmount those that need it first; --force removes it all the same, and their next "
                        "reconnect "
                        "fails");
    }
    if (auto known = store.check_known(options.name); !known)
        return std::move(known).error();
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

void add_identity_remove(CLI::App &parent, Context &context) {
    CLI::App &command =
        add_command(parent, "remove", "Forget a certificate and its key", "  tlsctl identity remove lab\n");
    const auto options = std::make_shared<Options>();
    command.add_option("NAME", options->name, "One that tlsctl identity list shows")
        ->type_name(" ")
        ->required();
    command.add_flag("--force", options->force, "Also when mounts may need it");
    command.callback([options, &context] {
        context.selected = [options, &context] { return remove(*options, context); };
    });
}

} // namespace rpctls::tlsctl
