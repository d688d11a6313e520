// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rpctls::kernel {

/// Pure: the message of one record of /dev/kmsg (Documentation/ABI/testing/dev-kmsg), made printable and at most some
/// hundred characters, if it is the kernel's own and about what a mount of NFS over TLS can fail by: the NFS client, RPC,
/// handshakes, TLS. Empty otherwise.
std::string message_about_mounts(std::string_view record);

/// What the kernel logs from a moment on. Kernels say some things there only: which mount option they do not know, that
/// a server's certificate came too late.
class KernelLog {
public:
    /// From now on. Where the log cannot be read (a container, no /dev/kmsg) there is none.
    KernelLog();

    /// The messages about mounts since then, the last few of them; other mounts of the same moment speak up, too.
    std::vector<std::string> messages_about_mounts() const;

private:
    Fd file_;
};

} // namespace rpctls::kernel
