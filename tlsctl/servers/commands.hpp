// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_known_forget(Command parent, Context &context);
void add_known_list(Command parent, Context &context);
void add_probe(Command parent, Context &context);

} // namespace rpctls::tlsctl
