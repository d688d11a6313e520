// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

namespace rpctls::agent {

/// Users and groups by name, or by number. Looking them up may ask other services: for loading, not for requests.
struct Accounts {
    std::function<std::optional<uid_t>(const std::string &)> user;
    std::function<std::optional<gid_t>(const std::string &)> group;
};

/// This host's, by nsswitch.conf(5).
Accounts system_accounts();

} // namespace rpctls::agent
