// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/error.hpp"

#include <exception>
#include <new>
#include <string>

/// How the functions of rpctls.h fail.
namespace rpctls::face {

/// Makes it the thread's last error; always -1.
int failed(const Error &error, bool connection_ended = false);
/// An argument that makes no sense.
int senseless(std::string what);

void forget_error();
void remember_lack_of_memory(bool connection_ended);
/// Ends a connection in both directions, for every process that has it.
void end_connection(int fd) noexcept;

/// Runs the body of a function that can fail: no exception may reach a caller in C. With `fd`, a body that breaks off
/// may have sent something: the connection is ended and the error says so.
template <class Body>
int guarded(Body body, int fd = -1) noexcept {
    forget_error();
    const bool ends = fd >= 0;
    try {
        return body();
    } catch (const std::bad_alloc &) {
        remember_lack_of_memory(ends);
    } catch (const std::exception &broken) {
        try {
            (void)failed(Error{Stage::input, "internal", std::string("internal error: ") + broken.what()},
                         ends);
        } catch (...) {
            remember_lack_of_memory(ends);
        }
    }
    if (ends)
        end_connection(fd);
    return -1;
}

} // namespace rpctls::face
