// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/after_check.hpp"

#include "mount-helper/nfs_utils.hpp"
#include "rpc/base/text.hpp"

#include <sys/mount.h>

#include <algorithm>

namespace rpctls::mount_helper {

namespace {

/// Another mount of the same server, with the protection that was seen here. NFSv4.1 knows a server by what it calls
/// itself, and the kernel joins all that is one server to the connections that were there first, whatever xprtsec= says.
const kernel::Mount *joined(const std::vector<kernel::Mount> &mounts, const kernel::Mount &found,
                            std::string_view seen) {
    const auto other = std::ranges::find_if(mounts, [&](const kernel::Mount &mount) {
        return mount.id != found.id && mount.is_nfs() && mount.option("addr") == found.option("addr") &&
               mount.option("xprtsec").value_or("none") == seen;
    });
    return other == mounts.end() ? nullptr : &*other;
}

} // namespace

Status check_transport(const std::vector<kernel::Mount> &mounts, const ProtectedMount &asked,
                       const std::filesystem::path &directory) {
    const auto found = kernel::topmost_mount(mounts, directory.string());
    if (!found || !found->is_nfs())
        return Error{
            Stage::mount,
            "mount-not-found",
            "mount.nfs reports success, but nothing of NFS is mounted there",
            {{"directory", directory.string()}, {"seen", found ? printable(found->file_system) : "no mount"}},
            "look at the system's log, and mount again"};
    const auto seen = found->option("xprtsec").value_or("none");
    if (seen == to_string(asked.protection))
        return {};
    if (const auto *other = joined(mounts, *found, seen))
        return Error{Stage::mount,
                     "transport-shared",
                     "the kernel joins this mount to another one of the same server, with its protection",
                     {{"asked", "xprtsec=" + std::string(to_string(asked.protection))},
                      {"joined", "xprtsec=" + printable(seen)},
                      {"with", printable(other->mount_point)}},
                     "mount all of one server with the same xprtsec=; nothing stays mounted"};
    return Error{Stage::mount,
                 "transport-not-protected",
                 "the kernel mounted without the protection asked for",
                 {{"expected", "xprtsec=" + std::string(to_string(asked.protection))},
                  {"seen", "xprtsec=" + printable(seen)}},
                 "nothing stays mounted; report this: a kernel must not do it"};
}

Status check_remount(const std::optional<kernel::Mount> &found, const Remount &asked) {
    if (!asked.protection || !found || !found->is_nfs())
        return {};
    const auto seen = found->option("xprtsec").value_or("none");
    if (seen == to_string(*asked.protection))
        return {};
    return Error{Stage::mount,
                 "transport-cannot-change",
                 "a remount cannot change how the connection is protected",
                 {{"mounted", "xprtsec=" + printable(seen)},
                  {"asked", "xprtsec=" + std::string(to_string(*asked.protection))}},
                 "unmount, then mount again"};
}

void undo(const Invocation &invocation, const std::filesystem::path &directory) {
    // nfs-utils' way first: it also clears its own records of the mount.
    const auto finished = run_nfs_utils(invocation.nfs_utils, "umount.nfs", {directory.string()});
    if (!finished || finished->status != exit_done)
        ::umount2(directory.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
}

} // namespace rpctls::mount_helper
