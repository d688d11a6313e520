// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/kernel_requests.hpp"

#include "rpc/keys/possession.hpp"

namespace rpctls::agent {

Result<std::optional<kernel::HandshakeRequest>> KernelRequests::accept() {
    auto request = service_.accept();
    if (!request || !*request || (*request)->keyring == 0)
        return request;
    if (auto cleared = keys::clear_process_keyring(); !cleared) {
        // Rather no handshake than one whose keys stay within reach of the next.
        (void)service_.done(std::move(**request), {.status = EIO, .remote_auth = {}, .tags = {}});
        return std::move(cleared).error();
    }
    return request;
}

} // namespace rpctls::agent
