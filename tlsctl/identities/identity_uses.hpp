// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// Where the identities of this host are used, as far as it can be known.
struct UsesOfIdentities {
    struct Use {
        std::vector<std::string> mounts;   ///< mount points
        std::vector<std::string> sections; ///< of the configuration
        bool none() const { return mounts.empty() && sections.empty(); }
    };
    std::map<std::string, Use> by_identity;
    /// Mounts that prove an identity, and nobody noted which: any could be the one.
    std::vector<std::string> unknown_mounts;

    const Use &of(const std::string &name) const;
};

/// Mounts are looked at on the running system only. Errors: those of kernel::read_mounts, read_file, Ini::parse.
Result<UsesOfIdentities> find_uses(const Context &context);

/// {"mounts":[…],"configuration":[…]}
nlohmann::json uses_json(const UsesOfIdentities::Use &use);

} // namespace rpctls::tlsctl
