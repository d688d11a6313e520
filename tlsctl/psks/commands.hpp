// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_keyring_show(CLI::App &parent, Context &context);
void add_psk_add(CLI::App &parent, Context &context);
void add_psk_check(CLI::App &parent, Context &context);
void add_psk_generate(CLI::App &parent, Context &context);
void add_psk_list(CLI::App &parent, Context &context);
void add_psk_remove(CLI::App &parent, Context &context);
void add_psk_restore(CLI::App &parent, Context &context);

} // namespace rpctls::tlsctl
