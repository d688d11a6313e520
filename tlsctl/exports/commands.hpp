// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_export_check(CLI::App &parent, Context &context);
void add_export_list(CLI::App &parent, Context &context);
void add_export_remove(CLI::App &parent, Context &context);
void add_export_set(CLI::App &parent, Context &context);

} // namespace rpctls::tlsctl
