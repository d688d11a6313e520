// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tests/unit/server/svc_fixture.hpp"

#include <string>

namespace rpctls::test {

/// Lets octets through both ways until both ends are done.
void pump(int one, int other);

/// Answers one probe on `fd`, then lets octets through to the program on this machine's `port`.
void offer_and_relay(int fd, const std::string &port);

/// What openssl s_client prints with these options, behind a relay that asks for TLS first; `input` (a shell command's
/// output) is what it sends.
std::string s_client(std::uint16_t port, const Files &files, const std::string &options,
                     const std::string &input = "sleep 0.5");
inline std::string s_client(const Served &served, const std::string &options,
                            const std::string &input = "sleep 0.5") {
    return s_client(served.port(), served.files(), options, input);
}

} // namespace rpctls::test
