// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/health/examination.hpp"

/// One link of the chain each, one file each: gathers the facts, never for longer than a few seconds, and has them
/// judged. What is judged without looking is declared beside it.
namespace rpctls::tlsctl {

Findings examine_kernel(const Examination &examination);
Findings examine_handshake(const Examination &examination);
Findings examine_agent(const Examination &examination);
Findings examine_agent_state(const Examination &examination);
Findings examine_keyrings(const Examination &examination);
Findings examine_configuration(const Examination &examination);
Findings examine_credentials(const Examination &examination);
Findings examine_trust(const Examination &examination);
Findings examine_clock(const Examination &examination);
Findings examine_nfs_utils(const Examination &examination);
Findings examine_exports(const Examination &examination);
Findings examine_fstab(const Examination &examination);
Findings examine_names(const Examination &examination);
Findings examine_port(const Examination &examination);
Findings examine_server(const Examination &examination);

} // namespace rpctls::tlsctl
