// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/resolve.hpp"
#include "rpc/tls/credentials.hpp"
#include "tlsctl/setup/steps.hpp"

#include <functional>
#include <string>

namespace rpctls::tlsctl {

struct FinalProbe {
    client::HostPort server;
    std::string title;
    std::function<Result<tls::CredentialSources>()> credentials;
    StepState state{}; ///< done: probe now; would and left: only say so
};

/// The last line of a set-up: whether NFS with TLS works. A server that is away or unsound now is no fault of the
/// set-up, which stays as it is; the report has the failure, its hint and the exit status of a probe.
void add_probe(Report &report, const FinalProbe &probe);

} // namespace rpctls::tlsctl
