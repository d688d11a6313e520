// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <string>

namespace rpctls::bench {

/// MiB a second of one GnuTLS session between two processes over a loopback TCP connection, one way, by records of 16 KiB
/// of AES-256-GCM, with nothing above it: what anything over GnuTLS has for its ceiling.
double gnutls_stream(const std::string &certificate, const std::string &key,
                     std::chrono::duration<double> time);

} // namespace rpctls::bench
