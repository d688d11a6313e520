// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"

namespace rpctls::agent {

/// The service manager keeps our place in the kernel's group while the agent is started anew (FileDescriptorStoreMax= in
/// the unit): a group with a member, so the kernel goes on queueing requests, and the next agent takes them.

/// The socket that an agent before us left with the service manager; not open when there is none.
Fd kept_listener();

/// Leaves `socket` there. True when it is certain to stay: the manager says that it has a store ($FDSTORE), or gave us
/// `was_kept` back already.
bool keep_listener(int socket, bool was_kept);

} // namespace rpctls::agent
