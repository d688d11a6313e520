// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/mounts.hpp"
#include "rpctls/result.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::keys {

/// Mount points by the identity that their mounts prove, as far as anybody noted it.
struct IdentityUses {
    std::map<std::string, std::vector<std::string>> by_identity;
    std::vector<std::string> by_configuration; ///< those that prove what the configuration names
    std::vector<std::string> unknown;          ///< made without our helper, or in the background
};

/// /run/rpctls-mounts/: which identity each mount was made with. The kernel keeps that to itself (it hides the serials of
/// a mount's keys, or never knew), so whoever makes a mount with an identity notes it, one file for each mount.
class IdentityMounts {
public:
    explicit IdentityMounts(std::filesystem::path root = "/") : directory_(root / "run/rpctls-mounts") {}

    /// Right after the mount was made. Without a name: by what the configuration names. Now and then the notes of mounts
    /// that are gone are removed: kept are about twice as many as there are mounts, and some two hundred more. Errors: those of
    /// make_directory and read_mounts, and file-unwritable (stage input).
    Status note(const kernel::Mount &mount, const std::optional<std::string> &identity) const;

    /// Of the mounts that prove an identity (xprtsec=mtls). What lies below a mount of the same server is the kernel's
    /// own making, with the same identity. Notes that make no sense are passed over: their mounts are unknown.
    IdentityUses uses(const std::vector<kernel::Mount> &mounts) const;

private:
    std::filesystem::path directory_;
};

} // namespace rpctls::keys
