// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_export_check(Command parent, Context &context);
void add_export_list(Command parent, Context &context);
void add_export_remove(Command parent, Context &context);
void add_export_set(Command parent, Context &context);

} // namespace rpctls::tlsctl
