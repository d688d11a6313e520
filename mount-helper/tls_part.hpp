// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/identity_use.hpp"
#include "rpc/client/preflight.hpp"
#include "rpc/kernel/agents.hpp"
#include "rpc/keys/keyring.hpp"
#include "rpctls/result.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace rpctls::mount_helper {

/// What only a mount needs that examines this host and its server. GnuTLS, libnl and the libraries behind them take longer
/// to load than everything else takes that the helper does, so they come with a module of their own, when they are
/// needed: not for mounts without TLS, nor for the many mounts of a server whose preflight was just done.
struct TlsPart {
    const char *made_for; ///< the version of the program that it belongs to

    /// See kernel::find_agent().
    Result<kernel::AgentPresence> (*find_agent)(kernel::Detail detail);

    /// Loads the very credentials that the agent will use for the mount and, with a request, does the preflight with
    /// them. The request's own credentials are set here. Errors: identity-unknown and those of Credentials::load().
    Result<client::PreflightReport> (*examine)(const IdentityUse &use, const tls::Settings &settings,
                                               std::optional<client::PreflightRequest> request);

    /// See serials_of() in identities.hpp.
    Result<keys::IdentitySerials> (*serials_of)(const std::string &name);
};

inline constexpr const char *tls_part_symbol = "rpctls_mount_tls_part";

/// Loads the module at the first call; it stays. Errors (stage config): installation-incomplete.
Result<const TlsPart *> tls_part(const std::filesystem::path &module = TLS_PART_PATH);

} // namespace rpctls::mount_helper
