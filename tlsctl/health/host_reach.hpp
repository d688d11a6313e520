// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/health/credential_check.hpp"

namespace rpctls::tlsctl {

/// What this host is called, and which of the certificate's names lead here; name servers get two seconds in all.
HostReach reach_of_host(const tls::CertificateInfo &certificate);

} // namespace rpctls::tlsctl
