// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/preflight.hpp"
#include "tlsctl/health/finding.hpp"

#include <string>

namespace rpctls::tlsctl {

/// What a preflight of the server saw, stage by stage: its name, its port, TLS, and NFS inside.
Findings judge_preflight(const std::string &server, const client::PreflightReport &seen);

} // namespace rpctls::tlsctl
