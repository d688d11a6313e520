// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_identity_add(CLI::App &parent, Context &context);
void add_identity_list(CLI::App &parent, Context &context);
void add_identity_remove(CLI::App &parent, Context &context);
void add_identity_restore(CLI::App &parent, Context &context);
void add_identity_show(CLI::App &parent, Context &context);
void add_identity_update(CLI::App &parent, Context &context);

} // namespace rpctls::tlsctl
