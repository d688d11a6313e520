// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/keyring.hpp"
#include "rpctls/result.hpp"

#include <span>

namespace rpctls::keys {

/// While it lives the calling thread, and no other, possesses these keyrings and what is on them: a link in its thread
/// keyring for each. It ends on the thread that made it. One at a time: the thread keyring is emptied at both ends, so
/// that a key of one handshake is never within reach of another, whatever happened before.
class Possession {
public:
    /// Keyrings that cannot be linked are left out: their keys may be readable all the same.
    explicit Possession(std::span<const Serial> keyrings);
    Possession(const Possession &) = delete;
    Possession &operator=(const Possession &) = delete;
    ~Possession();
};

/// Forgets what others put within our reach: the kernel's handshake service links a request's keyring into the process
/// keyring of the thread that accepts it, and leaves it there. Error (stage keyring): keyring-failed.
Status clear_process_keyring();

} // namespace rpctls::keys
