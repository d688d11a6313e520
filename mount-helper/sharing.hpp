// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/plan.hpp"
#include "rpc/kernel/mounts.hpp"
#include "rpc/kernel/nfs_servers.hpp"
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

/// Pure: whether the kernel knows one of these addresses by another name, so that check_sharing() is worth a look at all
/// mounts. Without one, a mount joins none but connections that were made for its own name.
bool known_by_another_name(const std::vector<kernel::NfsServer> &servers, const ProtectedMount &mount,
                           const std::vector<std::string> &addresses);

/// Pure: whether the kernel has, or is making, a connection with the server, by this name or another, whatever protects it.
bool is_known(const std::vector<kernel::NfsServer> &servers, const ProtectedMount &mount,
              const std::vector<std::string> &addresses);

} // namespace rpctls::mount_helper
