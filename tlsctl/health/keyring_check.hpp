// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/key_users.hpp"
#include "tlsctl/health/finding.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// Root's room for keys: the agent's and the identities' keys count against it. A tenth left is a warning.
Findings judge_key_quota(const std::optional<keys::KeyQuota> &quota);

/// Identities of the store and where their keys are. `missing`: on no keyring although there is one.
struct StoredIdentities {
    bool has_keyring = false;
    std::vector<std::string> published{};
    std::vector<std::string> missing{};
};
Findings judge_identities(const StoredIdentities &identities);

} // namespace rpctls::tlsctl
