// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/ini.hpp"
#include "rpctls/result.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rpctls::client {

/// What xprtsec= of nfs(5) asks for, in the order of strength.
enum class Protection { none, tls, mtls };
std::string_view to_string(Protection protection);
/// Absent for any other word.
std::optional<Protection> protection_named(std::string_view word);

/// What this host's administrator demands of mounts of one server: [mount] in rpctls.conf(5), and [mount.SERVER] on top.
struct MountPolicy {
    Protection minimum = Protection::none;
    std::optional<std::string> identity; ///< where the mount names none
    bool pinned = false; ///< pin=: the server must have a certain key; the minimum is at least tls
};

/// Pure. Errors (stage config): config-value; an option that is not understood is one, since it may have been meant to
/// demand something.
Result<MountPolicy> policy_for(const Ini &configuration, std::string_view server);

/// That of /etc/rpctls/rpctls.conf; without the file nothing is demanded. Errors: as above, those of Ini::parse and
/// read_file.
Result<MountPolicy> load_policy(std::string_view server, const std::filesystem::path &root = "/");

/// Errors (stage config): below-minimum.
Status check_minimum(Protection protection, const MountPolicy &policy, std::string_view server);

} // namespace rpctls::client
