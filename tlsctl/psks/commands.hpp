// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_keyring_show(Command parent, Context &context);
void add_psk_add(Command parent, Context &context);
void add_psk_check(Command parent, Context &context);
void add_psk_generate(Command parent, Context &context);
void add_psk_list(Command parent, Context &context);
void add_psk_remove(Command parent, Context &context);
void add_psk_restore(Command parent, Context &context);

} // namespace rpctls::tlsctl
