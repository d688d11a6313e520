// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_ca_init(CLI::App &parent, Context &context);
void add_ca_renew(CLI::App &parent, Context &context);
void add_ca_show(CLI::App &parent, Context &context);
void add_cert_check(CLI::App &parent, Context &context);
void add_cert_issue(CLI::App &parent, Context &context);
void add_cert_show(CLI::App &parent, Context &context);

} // namespace rpctls::tlsctl
