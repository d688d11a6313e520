// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

/// Reading and writing on a socket whose records the kernel seals and opens, without waiting and without SIGPIPE.
namespace rpctls::tls {

struct KernelRecord {
    ssize_t count = 0;                ///< as recvmsg(2) gives it; -1 with errno
    std::optional<std::uint8_t> type; ///< of the record that it is from; absent at the end of the stream
};

/// Data of one or more records, or (a part of) one record of another type.
KernelRecord receive_kernel_record(int fd, std::span<std::byte> room);

/// What fits now of the pieces; -1 with errno. `more`: the last record stays open for what is sent next.
ssize_t send_through_kernel(int fd, std::span<const std::span<const std::byte>> pieces, bool more = false);

/// An alert as one record; false when the socket does not take it now.
bool send_kernel_alert(int fd, bool fatal, unsigned alert);

} // namespace rpctls::tls
