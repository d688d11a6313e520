// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace rpctls::test {

/// A program of another TLS library, running: its standard input is ours to write, what it prints is kept in a file.
/// Killed when it goes.
class TlsTool {
public:
    TlsTool(const TemporaryDirectory &folder, const std::vector<std::string> &command);
    TlsTool(const TlsTool &) = delete;
    TlsTool &operator=(const TlsTool &) = delete;
    ~TlsTool();

    void type(std::string_view text) const;
    std::string printed() const;
    bool has_printed(std::string_view text) const { return printed().find(text) != std::string::npos; }

private:
    std::string output_;
    Fd input_;
    pid_t child_ = -1;
};

/// A listening TCP socket of this machine, and its port.
struct Listener {
    Fd fd;
    std::string port;
};
Listener listen_here();
/// The next connection within some seconds.
Fd accept_from(const Listener &listener);
/// A port that nothing listened on a moment ago.
std::string free_port();
/// Connected to this machine's port, as soon as something listens there; closed after some seconds without.
Fd connect_to(const std::string &port);

} // namespace rpctls::test
