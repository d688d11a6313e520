// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/plan.hpp"
#include "rpctls/error.hpp"

#include <optional>
#include <string>

namespace rpctls::mount_helper {

/// Fills the hint of a preflight's failure where the helper's caller can do something about it with mount options,
/// and names the mount's own facts. Every other field stays.
Error in_terms_of_mount(Error error, const ProtectedMount &mount);

/// Whether a preflight's failure may pass with time, so that a mount with `bg` goes on trying.
bool may_pass(const Error &error);

/// Whether all that the preflight has against a server is that it takes its time, behind a handshake that went well: it is
/// the mount's to wait then, as long as nfs-utils does.
bool is_only_slow(const Error &error);

/// An error of the agent's about what mount.nfs itself has read already: agent-cannot-read (stage mount) when it is that it
/// cannot be read. Any other stays as it is.
Error from_agent(Error error);

/// What is known when nfs-utils' program failed although the preflight went well.
struct FailedMount {
    const ProtectedMount &mount;
    std::string output;          ///< what it wrote
    std::optional<Error> record; ///< what the agent recorded of its handshake with this server
    std::string agent_program;
    bool certificate_requested = false; ///< in the preflight
};

/// Who is to blame. Absent: the program's own words say it best.
std::optional<Error> explain_failure(const FailedMount &failed);

} // namespace rpctls::mount_helper
