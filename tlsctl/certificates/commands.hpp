// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"

namespace rpctls::tlsctl {

// One file each; see AddCommand.
void add_ca_crl(Command parent, Context &context);
void add_ca_init(Command parent, Context &context);
void add_ca_renew(Command parent, Context &context);
void add_ca_show(Command parent, Context &context);
void add_cert_check(Command parent, Context &context);
void add_cert_issue(Command parent, Context &context);
void add_cert_renew(Command parent, Context &context);
void add_cert_request(Command parent, Context &context);
void add_cert_revoke(Command parent, Context &context);
void add_cert_show(Command parent, Context &context);
void add_cert_sign(Command parent, Context &context);

} // namespace rpctls::tlsctl
