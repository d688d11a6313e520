// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/program.hpp"

#include <csignal>
#include <exception>
#include <iostream>

int main(int argc, char **argv) {
    // Half of a pipe that is gone is reported through the stream, after everything on disk is in order.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return rpctls::tlsctl::run({argv + 1, argv + argc}, std::cout, std::cerr);
    } catch (const std::exception &exception) {
        std::cerr << "tlsctl: " << exception.what() << '\n';
        return static_cast<int>(rpctls::tlsctl::Exit::environment);
    }
}
