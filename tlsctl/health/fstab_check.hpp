// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/mount_policy.hpp"
#include "tlsctl/health/finding.hpp"
#include "tlsctl/health/fstab.hpp"

#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// What decides whether a line of fstab can be mounted as it says.
struct FstabGround {
    std::vector<std::string> identities{};                 ///< of the store
    bool helper_takes_over = false;                        ///< mount.nfs is ours, see rpctls-takeover(8)
    client::Protection minimum = client::Protection::none; ///< for the line's server
};

/// Names: fstab-xprtsec-unknown, fstab-identity-missing, fstab-identity-unused, fstab-helper-missing,
/// fstab-netdev-missing, fstab-below-minimum.
Findings judge_fstab_line(const FstabLine &line, const FstabGround &ground);

} // namespace rpctls::tlsctl
