// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/preflight.hpp"
#include "tlsctl/cli/command.hpp"

namespace rpctls::tlsctl {

/// What a probe saw, in both forms; the exit code follows from the failure, if there is one.
Report probe_report(const client::PreflightRequest &request, client::PreflightReport seen);

/// What a probe saw, for programs; the failure is left to the caller.
nlohmann::json probe_json(const client::PreflightRequest &request, const client::PreflightReport &seen);

/// "tls-works", "tls-offered" (no more was asked), "no-tls", "tls-fails", "rpc-fails" (TLS works, the program inside does not answer well) or
/// "no-answer": stable words.
std::string probe_verdict(const client::PreflightReport &seen);

} // namespace rpctls::tlsctl
