// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/identities/identity_uses.hpp"
#include "tlsctl/identities/identity_view.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string name;
    bool mount_options = false;
};

/// In the store, or else on the keyring.
Result<IdentityView> look_up(const keys::IdentityStore &store, std::optional<keys::Serial> keyring,
                             const std::string &name) {
    Published published;
    if (keyring) {
        const auto serials = keys::find_identity(*keyring, name);
        if (!serials)
            return serials.error();
        if (*serials)
            published.emplace(name, **serials);
    }
    auto identity = view_identity(store, published, name);
    if (!identity && identity.error().name == "identity-unknown" && !published.empty())
        return view_published(published.begin()->second, name);
    return identity;
}

Result<Report> show(const Options &options, const Context &context) {
    const keys::IdentityStore store(context.root);
    auto keyring = nfs_keyring(context);
    if (!keyring)
        return std::move(keyring).error();
    auto identity = look_up(store, *keyring, options.name);
    if (!identity)
        return std::move(identity).error();
    const auto uses = find_uses(context);
    if (!uses)
        return uses.error();
    const auto &use = uses->of(options.name);
    Report report;
    report.json = identity_json(*identity);
    report.json["used_by"] = uses_json(use);
    if (identity->stored)
        report.json["directory"] = (store.directory() / options.name).string();
    if (options.mount_options) {
        report.text =
            (identity->serials ? mount_options(*identity->serials) : mount_options(options.name)) + "\n";
        return report;
    }
    auto lines = certificate_fields(identity->chain.front());
    if (identity->chain.size() > 1)
        lines.emplace_back("chain", std::to_string(identity->chain.size()) + " certificates, up to " +
                                        identity->chain.back().subject);
    lines.emplace_back("files", identity->stored ? (store.directory() / options.name).string()
                                                 : "none: it is on the keyring only, until the next boot");
    if (identity->serials)
        lines.emplace_back(
            "keys",
            "certificate " + std::to_string(identity->serials->certificate) + ", private key " +
                std::to_string(identity->serials->private_key) + " on the .nfs keyring" +
                (identity->current ? ""
                                   : ", with another certificate: tlsctl identity restore " + options.name));
    else
        lines.emplace_back("keys", "not on a keyring" +
                                       std::string(*keyring ? "" : ", this kernel has no .nfs keyring here"));
    lines.emplace_back("key in a token", identity->key_url);
    lines.emplace_back("mounts", printable(join(use.mounts, " ")));
    lines.emplace_back("configured", printable(join(use.sections, " ")));
    lines.emplace_back("mount with", mount_options(options.name));
    if (identity->serials)
        lines.emplace_back("or", mount_options(*identity->serials));
    report.text = "Identity " + options.name + "\n" + fields(lines);
    return report;
}

} // namespace

void add_identity_show(Command parent, Context &context) {
    const Command command =
        add_command(parent, "show", "One identity, and the mount options that use it",
                    "  tlsctl identity show lab\n"
                    "  mount.nfs4 nfs1.example:/ /mnt -o \"$(tlsctl identity show lab --mount-options)\"\n");
    const auto options = std::make_shared<Options>();
    command.add_option("NAME", options->name, "Its name").type_name(" ").required();
    command.add_flag("--mount-options", options->mount_options,
                     "Print the mount options only: with the keys' serials when they are on the keyring");
    command.callback(
        [options, &context] { context.selected = [options, &context] { return show(*options, context); }; });
}

} // namespace rpctls::tlsctl
