// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/preflight.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// More servers than this are not probed in one run.
inline constexpr std::size_t most_probe_targets = 65536;

/// One server to probe, and how a person calls it.
struct ProbeTarget {
    std::string name; ///< as typed, port included
    client::PreflightRequest request;
};

/// Servers of a file, one a line; blanks around them, empty lines and what follows a # do not count. "-" is standard
/// input. Errors (stage input): those of read_file, targets-unreadable, too-many-targets.
Result<std::vector<std::string>> read_targets(const std::filesystem::path &file);

/// The request of `common` for one server. `fallback_port` serves where none was typed; 0: there is none. Errors are
/// usage errors.
Result<ProbeTarget> probe_target(const std::string &typed, const client::PreflightRequest &common,
                                 std::uint16_t fallback_port);

/// The same server once for each of its addresses; the name that was typed is what certificates must have. A name that
/// has none stays as it is, so that the probe says why.
std::vector<ProbeTarget> each_address(const ProbeTarget &target);

} // namespace rpctls::tlsctl
