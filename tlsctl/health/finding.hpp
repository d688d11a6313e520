// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rpctls::tlsctl {

/// `unknown`: it could not be looked at, mostly for want of permission.
enum class Level { pass, warn, fail, unknown };
std::string_view to_string(Level level);

/// What the doctor says of one link of the chain: data until the report.
struct Finding {
    std::string link; ///< "agent", "trust", …: a row of the table in doctor.cpp
    Level level = Level::pass;
    std::string name; ///< stable ("agent-absent"); empty for a pass
    std::string what;
    std::vector<Fact> facts{};
    std::string mend{}; ///< the command that mends it, else what a person has to do
    /// The same as a program and its arguments, when running it is safe and enough: what --fix does.
    std::vector<std::string> fix{};
};
using Findings = std::vector<Finding>;

Finding sound(std::string_view link, std::string what, std::vector<Fact> facts = {});

Finding fault(Level level, std::string_view link, std::string name, std::string what,
              std::vector<Fact> facts = {}, std::string mend = {});

/// An error as a finding, its hint as what mends it. Being denied says nothing of the link: unknown, unless root was
/// denied.
Finding finding_from(const Error &error, std::string_view link, Level level = Level::fail);

/// "it could not be looked at": for checks that need root.
Finding needs_root(std::string_view link, std::string what);

/// `finding`, with the command that --fix runs, its program by its full path; the same words are what mends it.
Finding fixed_by(Finding finding, std::vector<std::string> command);

/// Whether a person has to do something.
bool any(const Findings &findings, Level level);

} // namespace rpctls::tlsctl
