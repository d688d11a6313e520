// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_known_forget(CLI::App &parent, Context &context);
void add_known_list(CLI::App &parent, Context &context);
void add_probe(CLI::App &parent, Context &context);

} // namespace rpctls::tlsctl
