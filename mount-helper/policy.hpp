// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/plan.hpp"
#include "rpc/client/known_servers.hpp"
#include "rpc/client/mount_policy.hpp"
#include "rpctls/result.hpp"

#include <optional>
#include <string_view>

namespace rpctls::mount_helper {

using client::check_minimum;
using client::load_policy;
using client::MountPolicy;
using client::policy_for;

/// What the preflight of a mount with xprtsec=auto saw.
struct Seen {
    bool tls_offered = false; ///< and the handshake done
    bool certificate_asked = false;
    bool certificate_sent = false;
};

/// What xprtsec=auto comes to: the most that both ends can, never less than the server has shown before, never less than
/// the minimum. Pure. Errors: downgrade-refused (stage probe), below-minimum.
Result<Protection> choose_protection(const Seen &seen, const MountPolicy &policy,
                                     const std::optional<client::KnownServer> &known,
                                     std::string_view server);

} // namespace rpctls::mount_helper
