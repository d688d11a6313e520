// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpctls/result.hpp"

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>

namespace rpctls::tlsctl {

/// Two files that are worth nothing without each other: a key and its certificate, a passphrase and its bundle. No file
/// system renames two at once. So the new ones first lie, whole, under temporary names that are always the same; whoever
/// finds some there later, because a run was interrupted, can tell by the contents which two belong together.
class FilePair {
public:
    /// Whether the two are whole and belong together; what is missing does not.
    using Belong =
        std::function<bool(const std::filesystem::path &secret, const std::filesystem::path &companion)>;

    FilePair(std::filesystem::path secret, std::filesystem::path companion, Belong belong)
        : secret_(std::move(secret)), companion_(std::move(companion)), belong_(std::move(belong)) {}

    /// Finishes or undoes what an interrupted store() left: afterwards there is the old pair or the new.
    Status recover() const;

    /// Both files, the secret one with mode 0600, or neither. Without `replace` neither may exist. Errors (stage input):
    /// file-exists, file-unwritable.
    Status store(std::span<const std::byte> secret, std::span<const std::byte> companion,
                 mode_t companion_mode, bool replace) const;

private:
    /// One run at a time; held by flock(2) on the directory, so that no file of ours is left in it.
    Fd lock() const;
    Status recover_locked() const;

    std::filesystem::path secret_;
    std::filesystem::path companion_;
    Belong belong_;
};

} // namespace rpctls::tlsctl
