// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_setup_client(CLI::App &parent, Context &context);
void add_setup_server(CLI::App &parent, Context &context);

} // namespace rpctls::tlsctl
