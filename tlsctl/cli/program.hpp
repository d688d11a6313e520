// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// The whole of tlsctl: `arguments` without the program's name. Returns the exit code.
int run(std::vector<std::string> arguments, std::ostream &out, std::ostream &err);

} // namespace rpctls::tlsctl
