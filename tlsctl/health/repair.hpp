// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/health/finding.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// What was run for a finding.
struct Repair {
    std::string finding; ///< its name
    std::string command; ///< as a person would type it
    std::optional<Error> failure{};
};

/// Runs the commands of the findings that have one and are no pass, each once, each for at most half a minute.
std::vector<Repair> repair(const Findings &findings);

} // namespace rpctls::tlsctl
