// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/kernel/capabilities.hpp"
#include "tlsctl/identities/identity_view.hpp"

#include <array>
#include <memory>

namespace rpctls::tlsctl {

namespace {

using Change = keys::Publication::Change;

struct Options {
    std::vector<std::string> names;
    bool all = false;
};

/// Those that were named, of those that there are; all when none was.
Result<std::vector<std::string>> chosen(const Options &options, const keys::IdentityStore &store) {
    if (options.names.empty())
        return store.list();
    for (const std::string &name : options.names)
        if (auto known = store.check_known(name); !known)
            return std::move(known).error();
    return options.names;
}

/// Without a .nfs keyring there is nothing to do, unless there should be one.
Result<Report> nothing_to_restore(const keys::IdentityStore &store, const Context &context) {
    const bool running = context.root == "/";
    const auto capabilities = running ? kernel::probe_capabilities() : kernel::Capabilities();
    if (capabilities.key_serials == kernel::Answer::yes)
        return Error{Stage::keyring, "nfs-keyring-missing", "the kernel's keyring .nfs cannot be found"}
            .with("kernel", capabilities.release)
            .advise("modprobe nfs, in the network namespace that mounts are made in");
    const std::string why = !running                                 ? "--root is not the running system"
                            : capabilities.nfs == kernel::Answer::no ? "this kernel has no NFS client"
                                                                     : "this kernel has no .nfs keyring";
    Report report;
    report.text =
        "Nothing to restore: " + why + "; an agent reads " + store.directory().string() + " itself\n";
    report.json = {{"keyring", nullptr}, {"reason", why}, {"identities", nlohmann::json::array()}};
    return report;
}

const char *word(Change change) {
    return change == Change::added ? "added" : change == Change::updated ? "updated" : "unchanged";
}

class Restoration {
public:
    Restoration(const keys::IdentityStore &store, keys::Serial keyring) : store_(store), keyring_(keyring) {
        report_.json = {{"keyring", keyring}, {"identities", nlohmann::json::array()}};
    }

    void restore(const std::string &name) {
        auto pair = load_pair(store_, name);
        if (!pair && pair.error().name == "identity-key-in-token") {
            ++in_tokens_;
            report_.json["identities"].push_back({{"name", name}, {"result", "in-token"}});
            return;
        }
        if (!pair)
            return failed(name, std::move(pair).error());
        const tls::CertificateInfo &leaf = pair->chain.front();
        const std::string end = format_time(leaf.not_after);
        if (leaf.not_after <= std::chrono::system_clock::now()) {
            ++expired_;
            report_.text += name + ": not restored, it has expired " + end + "\n";
            report_.json["identities"].push_back({{"name", name}, {"result", "expired"}, {"expires", end}});
            return;
        }
        const auto done = publish(keyring_, name, *pair);
        if (!done)
            return failed(name, done.error());
        ++counts_.at(static_cast<std::size_t>(done->change));
        if (done->change != Change::none)
            report_.text += name + ": " + word(done->change) + ", certificate " +
                            std::to_string(done->serials.certificate) + ", private key " +
                            std::to_string(done->serials.private_key) + ", until " + end + "\n";
        report_.json["identities"].push_back({{"name", name},
                                              {"result", word(done->change)},
                                              {"cert_serial", done->serials.certificate},
                                              {"privkey_serial", done->serials.private_key},
                                              {"expires", end}});
    }

    Report result() && {
        const auto count = [this](Change change) {
            return std::to_string(counts_.at(static_cast<std::size_t>(change))) + " " + word(change);
        };
        report_.text += "On the .nfs keyring: " + count(Change::added) + ", " + count(Change::updated) +
                        ", " + count(Change::none);
        if (in_tokens_ != 0)
            report_.text += "; with keys in tokens, not for keyrings: " + std::to_string(in_tokens_);
        if (expired_ != 0)
            report_.text += "; expired: " + std::to_string(expired_);
        if (failed_ != 0)
            report_.text += "; failed: " + std::to_string(failed_);
        report_.text += "\n";
        if (expired_ != 0)
            report_.exit = Exit::no;
        return std::move(report_);
    }

private:
    /// The others are restored all the same; the exit code and the message tell of the first.
    void failed(const std::string &name, Error error) {
        ++failed_;
        report_.text += name + ": not restored: " + summary(error) + "\n";
        report_.json["identities"].push_back(
            {{"name", name}, {"result", "failed"}, {"error", to_json(error)}});
        if (!report_.error)
            report_.error = std::move(error);
    }

    const keys::IdentityStore &store_;
    keys::Serial keyring_;
    std::array<std::size_t, 3> counts_{}; ///< by Change
    std::size_t in_tokens_ = 0;
    std::size_t expired_ = 0;
    std::size_t failed_ = 0;
    Report report_;
};

Result<Report> restore(const Options &options, const Context &context) {
    if (options.all && !options.names.empty())
        return usage_error("give either names or --all", "tlsctl identity restore --help");
    const keys::IdentityStore store(context.root);
    auto names = chosen(options, store);
    if (!names)
        return std::move(names).error();
    auto keyring = nfs_keyring(context);
    if (!keyring)
        return std::move(keyring).error();
    if (!*keyring)
        return nothing_to_restore(store, context);
    // What an update puts there meanwhile is not to be undone.
    const auto held = store.hold_for_reading();
    if (!held)
        return held.error();
    Restoration restoration(store, **keyring);
    for (const std::string &name : *names)
        restoration.restore(name);
    return std::move(restoration).result();
}

} // namespace

void add_identity_restore(Command parent, Context &context) {
    const Command command =
        add_command(parent, "restore", "Put identities on the kernel's keyring, as each boot does",
                    "  tlsctl identity restore\n"
                    "  tlsctl identity restore lab --json | jq -r '.identities[].result'\n");
    const auto options = std::make_shared<Options>();
    command.add_option("NAME", options->names, "Those to restore; all without one").type_name(" ");
    command.add_flag("--all", options->all, "All, said in so many words");
    command.callback([options, &context] {
        context.selected = [options, &context] { return restore(*options, context); };
    });
}

} // namespace rpctls::tlsctl
