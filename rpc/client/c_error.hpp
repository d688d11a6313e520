// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/error.hpp"

#include <exception>
#include <new>
#include <string>

/// How the functions of rpctls.h fail.
namespace rpctls::client::c_face {

/// Makes it the thread's last error; always -1.
int failed(const Error &error, bool connection_ended = false);
/// An argument that makes no sense.
int senseless(std::string what);

void forget_error();
void remember_lack_of_memory();

/// Runs the body of a function that can fail: no exception may reach a caller in C.
template <class Body>
int guarded(Body body) noexcept {
    forget_error();
    try {
        return body();
    } catch (const std::bad_alloc &) {
        remember_lack_of_memory();
    } catch (const std::exception &broken) {
        try {
            return failed(Error{Stage::input, "internal", std::string("internal error: ") + broken.what()});
        } catch (...) {
            remember_lack_of_memory();
        }
    }
    return -1;
}

} // namespace rpctls::client::c_face
