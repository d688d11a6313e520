// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/agents.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpc/tls/settings.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"
#include "tlsctl/health/finding.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace rpctls::tlsctl {

/// What this host is to others.
struct Roles {
    bool client = false;
    bool server = false;
};

/// What is the same for all links, asked once.
struct Examination {
    Context context{};
    Roles roles{};
    std::optional<std::string> server{};                  ///< --host
    std::optional<Result<kernel::AgentPresence>> agent{}; ///< absent below another root
    Result<tls::Settings> settings{tls::Settings{}};      ///< those that the agent works by
    tls::Time now{};

    /// Whether the running system is examined and not an image of one.
    bool live() const { return context.root == "/"; }
    /// Whether the program that performs the handshakes is somebody else's.
    bool agent_is_foreign() const;
};

/// Looks at the running system, or at the tree below --root.
Examination begin_examination(const Context &context, std::optional<std::string> server);

/// What this host is, by its mounts, fstab, exports and configuration; a client when nothing says so.
Roles roles_of(const Examination &examination);

} // namespace rpctls::tlsctl
