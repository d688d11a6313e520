// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/file_pair.hpp"

#include "rpc/base/staged_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace rpctls::tlsctl {

namespace {

bool is_there(const std::filesystem::path &path) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

std::filesystem::path staged(const std::filesystem::path &path) {
    return path.parent_path() / ("." + path.filename().string() + ".rpctls");
}

Status give_name(const std::filesystem::path &from, const std::filesystem::path &to) {
    if (::rename(from.c_str(), to.c_str()) == 0)
        return {};
    return system_error(Stage::input, "file-unwritable", "cannot write " + to.string(), errno);
}

} // namespace

Fd FilePair::lock() const {
    const auto parent = secret_.has_parent_path() ? secret_.parent_path() : std::filesystem::path(".");
    Fd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // A file system without locks on directories (NFS) leaves it to the CA's own lock.
    while (directory.is_open() && ::flock(directory.get(), LOCK_EX) != 0 && errno == EINTR)
        ;
    return directory;
}

Status FilePair::recover() const {
    const Fd held = lock();
    return recover_locked();
}

Status FilePair::recover_locked() const {
    const auto staged_secret = staged(secret_);
    const auto staged_companion = staged(companion_);
    if (!is_there(staged_secret) && !is_there(staged_companion))
        return {};
    if (!belong_(secret_, companion_)) {
        // Interrupted between the two names: the new secret has its own already, and the staged name holds the old one.
        if (belong_(secret_, staged_companion)) {
            if (auto named = give_name(staged_companion, companion_); !named)
                return named;
        } else if (belong_(staged_secret, companion_)) {
            if (auto named = give_name(staged_secret, secret_); !named)
                return named;
        }
    }
    ::unlink(staged_companion.c_str());
    ::unlink(staged_secret.c_str());
    return {};
}

Status FilePair::store(std::span<const std::byte> secret, std::span<const std::byte> companion,
                       mode_t companion_mode, bool replace) const {
    const Fd held = lock();
    if (auto recovered = recover_locked(); !recovered)
        return recovered;
    const auto existing = replace ? StagedFile::Existing::exchange : StagedFile::Existing::refuse;
    if (!replace)
        for (const auto &path : {secret_, companion_})
            if (is_there(path))
                return Error{Stage::input, "file-exists", path.string() + " exists already"}.advise(
                    "give another name, or --force to replace what is there");
    auto new_secret = StagedFile::write_as(secret_, staged(secret_), secret, 0600);
    if (!new_secret)
        return std::move(new_secret).error();
    auto new_companion = StagedFile::write_as(companion_, staged(companion_), companion, companion_mode);
    if (!new_companion)
        return std::move(new_companion).error();
    // The staged names must survive a power cut, too, or there is nothing to recover from.
    new_secret->settle();
    new_companion->settle();
    // The secret first: a companion that is there has its secret.
    if (auto status = new_secret->commit(existing); !status)
        return status;
    if (auto status = new_companion->commit(existing); !status) {
        new_secret->roll_back();
        return status;
    }
    new_secret->settle();
    new_companion->settle();
    return {};
}

} // namespace rpctls::tlsctl
