// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_identity_add(Command parent, Context &context);
void add_identity_list(Command parent, Context &context);
void add_identity_remove(Command parent, Context &context);
void add_identity_restore(Command parent, Context &context);
void add_identity_show(Command parent, Context &context);
void add_identity_update(Command parent, Context &context);

} // namespace rpctls::tlsctl
