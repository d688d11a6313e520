// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/plan.hpp"
#include "rpc/kernel/mounts.hpp"
#include "rpctls/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rpctls::mount_helper {

/// Kernels without cert_serial= share one connection between all mounts of one address and protection. A mount that
/// joins such a connection gets the identity that it was made with, whatever it asked for: so two identities for one
/// server must be refused, not mixed.

/// Pure: the mounts by xprtsec=mtls whose server was named so.
std::vector<kernel::Mount> mounts_with_identity(const std::vector<kernel::Mount> &mounts,
                                                std::string_view host);

/// Pure: no mtls mount reaches one of these addresses under another name, where the agent could not know that the two
/// names mean one connection. Errors (stage mount): server-mounted-by-other-name.
Status check_sharing(const std::vector<kernel::Mount> &mounts, const ProtectedMount &mount,
                     const std::vector<std::string> &addresses);

/// The Error for an identity that cannot be had beside one in use: identity-in-use.
Error other_identity_in_use(std::string_view host, std::string_view identity,
                            const std::vector<kernel::Mount> &in_use);

/// The lines of mountinfo that check_sharing() has something to say on.
kernel::WantedLine may_share_under_another_name(std::string_view host);

} // namespace rpctls::mount_helper
