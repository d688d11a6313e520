// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace rpctls::kernel {

/// Asks the kernel's SOCK_DIAG service for all sockets that `body` (netlink_diag_req, inet_diag_req_v2, …) describes, and
/// hands each answer, header included, to `take`. False when the kernel does not say: the module for that family is
/// missing, it is silent for a second, or there are more than `most` answers.
bool dump_sockets(std::span<const std::byte> body, std::size_t most,
                  const std::function<void(std::span<const std::byte>)> &take);

} // namespace rpctls::kernel
