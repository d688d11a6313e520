// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/plan.hpp"
#include "rpc/base/ini.hpp"
#include "rpc/base/result.hpp"
#include "rpc/client/known_servers.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rpctls::mount_helper {

/// What this host's administrator demands of mounts of one server: [mount] in rpctls.conf(5), and [mount.SERVER] on top.
struct MountPolicy {
    Protection minimum = Protection::none;
    std::optional<std::string> identity; ///< where the mount names none
};

/// Pure. Errors (stage config): config-value; an option that is not understood is one, since it may have been meant to
/// demand something.
Result<MountPolicy> policy_for(const Ini &configuration, std::string_view server);

/// That of /etc/rpctls/rpctls.conf; without the file nothing is demanded. Errors: as above, those of Ini::parse and
/// read_file.
Result<MountPolicy> load_policy(std::string_view server, const std::filesystem::path &root = "/");

/// Errors (stage config): below-minimum.
Status check_minimum(Protection protection, const MountPolicy &policy, std::string_view server);

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
