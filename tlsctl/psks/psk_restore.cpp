// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/psks/psk_view.hpp"

namespace rpctls::tlsctl {

namespace {

/// What keeps one key from its keyring keeps no other.
class Restoring {
public:
    explicit Restoring(const Context &context) : keyrings_(context) {}

    void restore(const keys::PskStore::Entry &entry) {
        if (!entry.record)
            return fail(entry.record.error());
        const keys::PskRecord &record = *entry.record;
        const auto keyring = keyrings_.find_or_make(record.keyring);
        if (!keyring)
            return fail(keyring.error());
        if (!*keyring)
            return miss(record.keyring);
        const auto before = keys::look_up_psk(**keyring, record);
        if (!before)
            return fail(before.error());
        if (before->same) {
            ++present_;
            return;
        }
        const auto serials = keys::publish_psk(**keyring, record);
        if (!serials)
            return fail(serials.error());
        ++restored_;
    }

    Report report() && {
        Report report;
        report.text = std::to_string(restored_) + " restored, " + std::to_string(present_) +
                      " there already" + (failed_ == 0 ? "" : ", " + std::to_string(failed_) + " failed") +
                      "\n";
        report.json = {{"restored", restored_}, {"present", present_}, {"failed", failed_}};
        report.error = std::move(first_);
        return report;
    }

private:
    void fail(Error error) {
        ++failed_;
        if (!first_)
            first_ = std::move(error);
    }
    void miss(const std::string &keyring) {
        fail(Error{Stage::keyring, "keyring-missing", "this kernel has no keyring " + keyring}.advise(
            keyring == nvme_keyring ? "load the module that brings it: modprobe nvme-tcp"
                                    : "load the module that brings it"));
    }

    PskKeyrings keyrings_;
    std::size_t restored_ = 0;
    std::size_t present_ = 0;
    std::size_t failed_ = 0;
    std::optional<Error> first_;
};

Result<Report> restore(const Context &context) {
    if (context.root != "/")
        return usage_error("psk restore is for the running system", "leave --root out");
    const auto entries = keys::PskStore(context.root).list();
    if (!entries)
        return entries.error();
    Restoring restoring(context);
    for (const auto &entry : *entries)
        restoring.restore(entry);
    return std::move(restoring).report();
}

} // namespace

void add_psk_restore(Command parent, Context &context) {
    const Command command =
        add_command(parent, "restore", "Put the stored keys back onto their keyrings, as after a boot",
                    "  tlsctl psk restore\n");
    command.callback([&context] { context.selected = [&context] { return restore(context); }; });
}

} // namespace rpctls::tlsctl
