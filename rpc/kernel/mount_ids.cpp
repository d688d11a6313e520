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

// As in linux/stat.h and linux/mount.h of 6.8, for systems whose headers are older.
constexpr unsigned wants_unique_id = 0x4000; // STATX_MNT_ID_UNIQUE
constexpr long statmount_call = 457;
constexpr std::uint64_t wants_basics = 2; // STATMOUNT_MNT_BASIC

struct Request { // struct mnt_id_req
    std::uint32_t size = sizeof(Request);
    std::uint32_t spare = 0;
    std::uint64_t mount = 0;
    std::uint64_t wanted = wants_basics;
};
static_assert(sizeof(Request) == 24);

struct Answer { // struct statmount
    std::uint32_t size = 0;
    std::uint32_t spare = 0;
    std::uint64_t mask = 0;
    std::uint32_t device[2] = {};
    std::uint64_t magic = 0;
    std::uint32_t flags = 0;
    std::uint32_t type = 0;
    std::uint64_t id = 0;
    std::uint64_t parent = 0;
    std::uint32_t old_id = 0;
    std::byte more[512 - 60] = {};
};
static_assert(sizeof(Answer) == 512 && offsetof(Answer, old_id) == 56);

} // namespace

std::optional<std::uint64_t> unique_mount_id(const std::filesystem::path &path) {
    struct statx found {};
    if (::statx(AT_FDCWD, path.c_str(), AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, wants_unique_id, &found) != 0 ||
        (found.stx_mask & wants_unique_id) == 0)
        return std::nullopt;
    return found.stx_mnt_id;
}

std::optional<unsigned> find_mount_id(std::uint64_t unique) {
    Request request;
    request.mount = unique;
    Answer answer;
    if (::syscall(statmount_call, &request, &answer, sizeof answer, 0) != 0)
        return errno == ENOENT ? std::optional(0U) : std::nullopt;
    return answer.old_id;
}

} // namespace rpctls::kernel
