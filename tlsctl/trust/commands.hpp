// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_trust_add(Command parent, Context &context);
void add_trust_list(Command parent, Context &context);
void add_trust_remove(Command parent, Context &context);

} // namespace rpctls::tlsctl
