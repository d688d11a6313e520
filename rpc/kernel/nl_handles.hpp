// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <netlink/msg.h>
#include <netlink/socket.h>

#include <memory>

/// Private to rpc/kernel: owners of libnl's handles.
namespace rpctls::kernel {

struct NlSocketFree {
    void operator()(nl_sock *socket) const { nl_socket_free(socket); }
};
using NlSocket = std::unique_ptr<nl_sock, NlSocketFree>;

struct NlMessageFree {
    void operator()(nl_msg *message) const { nlmsg_free(message); }
};
using NlMessage = std::unique_ptr<nl_msg, NlMessageFree>;

} // namespace rpctls::kernel
