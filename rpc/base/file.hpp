// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpc/base/secret.hpp"
#include "rpctls/result.hpp"

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace rpctls {

/// Files of certificates, keys and settings are small; anything past this is refused before it is read.
inline constexpr std::size_t largest_file = 1024 * 1024;

/// The whole of a regular file of at most `limit` octets. Errors (stage input): file-missing, file-unreadable,
/// file-too-large, file-not-regular; each names the path.
Result<std::string> read_file(const std::filesystem::path &path, std::size_t limit = largest_file);

/// What an open file holds from its beginning on, wherever it is read or written at, of at most `limit` octets; empty
/// when it cannot be read.
std::string contents_of(int file, std::size_t limit = largest_file);

/// As read_file, into a Secret. Refuses a file that group or others may read or write unless owned by root and
/// group-readable only (file-exposed, hint chmod), since a key that anyone could have read is no key any more.
Result<Secret> read_secret_file(const std::filesystem::path &path, std::size_t limit = largest_file);

/// Writes a temporary beside `path`, fsyncs it, renames it over `path` and fsyncs the directory: readers see the old
/// contents or the new, never a part. `mode` holds from the first moment, whatever the umask says.
Status write_file(const std::filesystem::path &path, std::span<const std::byte> contents, mode_t mode);

/// Makes a directory and the missing ones above it; the last gets `mode`, whatever the umask says.
Status make_directory(const std::filesystem::path &path, mode_t mode);

/// An exclusive lock held until the Fd goes: keeps concurrent runs of a tool apart. The file is made when missing.
Result<Fd> lock_file(const std::filesystem::path &path);

/// The same with a directory itself as the lock, which leaves no file in it. For files in it that other programs read.
Result<Fd> lock_directory(const std::filesystem::path &path);

} // namespace rpctls
