// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace rpctls::kernel {

/// A process that listens for handshake requests.
struct AgentProcess {
    pid_t pid = 0;
    std::string program; ///< comm, printable
};

/// Whether somebody listens for handshake requests in this network namespace, and who as far as that can be known.
struct AgentPresence {
    enum class State {
        absent,  ///< nobody is in the group: every handshake would fail with ESRCH
        present, ///< somebody is
        unknown, ///< this kernel cannot tell
    };
    State state = State::unknown;
    std::optional<pid_t> pid;
    std::string program; ///< comm of that process, empty when unknown
    /// All that could be found, each once. Process 1 is named only where nobody else has the socket: systemd keeps a
    /// copy of rpctlsd's, and then rpctlsd is about to start again.
    std::vector<AgentProcess> processes;
};

/// How much is asked: the process is found by looking through all of /proc, which costs what the machine has running.
enum class Detail { presence, process };

/// Errors (stage kernel): handshake-family-missing.
Result<AgentPresence> find_agent(Detail detail = Detail::process);

} // namespace rpctls::kernel
