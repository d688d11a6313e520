// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_doctor(Command parent, Context &context);
void add_status(Command parent, Context &context);

} // namespace rpctls::tlsctl
