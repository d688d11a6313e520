// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/mount_ids.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace rpctls::kernel {

namespace {

// As in linux/stat.h of 6.8 and linux/mount.h of 6.11, for systems whose headers are older.
constexpr unsigned wants_unique_id = 0x4000; // STATX_MNT_ID_UNIQUE
constexpr long statmount_call = 457;
constexpr std::uint64_t wants_ids = 0x02;     // STATMOUNT_MNT_BASIC
constexpr std::uint64_t wants_type = 0x20;    // STATMOUNT_FS_TYPE
constexpr std::uint64_t wants_options = 0x80; // STATMOUNT_MNT_OPTS

struct Request { // struct mnt_id_req
    std::uint32_t size = sizeof(Request);
    std::uint32_t spare = 0;
    std::uint64_t mount = 0;
    std::uint64_t wanted = 0;
};
static_assert(sizeof(Request) == 24);

struct Answer { // struct statmount
    std::uint32_t size = 0;
    std::uint32_t options = 0; ///< an offset in `strings`
    std::uint64_t mask = 0;
    std::uint32_t device[2] = {};
    std::uint64_t magic = 0;
    std::uint32_t flags = 0;
    std::uint32_t type = 0; ///< an offset in `strings`
    std::uint64_t id = 0;
    std::uint64_t parent = 0;
    std::uint32_t old_id = 0;
    std::uint32_t old_parent = 0;
    std::byte more[512 - 64] = {};
    /// NFS' longest options (names, addresses and a security label) are some hundred octets; a page is far beyond them.
    char strings[4096] = {};

    std::string_view string_at(std::uint32_t offset) const {
        const std::string_view all(strings, sizeof strings);
        return offset < all.size() ? all.substr(offset, all.substr(offset).find('\0')) : std::string_view();
    }
};
static_assert(offsetof(Answer, strings) == 512 && offsetof(Answer, old_id) == 56);

bool ask(std::uint64_t unique, std::uint64_t wanted, Answer &answer) {
    Request request;
    request.mount = unique;
    request.wanted = wanted;
    return ::syscall(statmount_call, &request, &answer, sizeof answer, 0) == 0;
}

struct Root {
    std::uint64_t mount; ///< what is seen at a path belongs to it
    bool is_root;        ///< the path is where it begins
};

std::optional<Root> look_at(const std::filesystem::path &path) {
    struct statx found {};
    if (::statx(AT_FDCWD, path.c_str(), AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, wants_unique_id, &found) != 0 ||
        (found.stx_mask & wants_unique_id) == 0)
        return std::nullopt;
    return Root{found.stx_mnt_id, (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0};
}

} // namespace

std::optional<std::uint64_t> unique_mount_id(const std::filesystem::path &path) {
    const auto found = look_at(path);
    return found ? std::optional(found->mount) : std::nullopt;
}

std::optional<unsigned> find_mount_id(std::uint64_t unique) {
    Answer answer;
    if (!ask(unique, wants_ids, answer))
        return errno == ENOENT ? std::optional(0U) : std::nullopt;
    return answer.old_id;
}

std::optional<Mount> mount_seen_at(const std::filesystem::path &path) {
    const auto root = look_at(path);
    constexpr auto wanted = wants_ids | wants_type | wants_options;
    Answer answer;
    // A kernel that knows nothing of options leaves their bit out of the mask; so does one where a mount has none.
    if (!root || !root->is_root || !ask(root->mount, wanted, answer) || (answer.mask & wanted) != wanted)
        return std::nullopt;
    Mount mount;
    mount.id = answer.old_id;
    mount.parent = answer.old_parent;
    mount.mount_point = path.native();
    mount.file_system = answer.string_at(answer.type);
    mount.options = parse_mount_options(answer.string_at(answer.options));
    return mount;
}

} // namespace rpctls::kernel
