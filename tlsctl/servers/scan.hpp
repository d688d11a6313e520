// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/servers/probe_targets.hpp"

namespace rpctls::tlsctl {

struct ScanOptions {
    bool all_addresses = false;
    unsigned repeat = 1;
    unsigned parallel = 64;     ///< servers at a time
    bool show_progress = false; ///< a line on standard error that comes and goes
};

/// Probes many servers, several at a time, and reports them in the order given. Takes as long as the slowest, times
/// the servers for each place. Exit::no unless TLS works with all of them each time.
Report scan(std::vector<ProbeTarget> targets, const ScanOptions &options);

} // namespace rpctls::tlsctl
