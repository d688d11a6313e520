// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/library_log.hpp"

#include "rpc/base/text.hpp"

#include <gnutls/gnutls.h>

#include <algorithm>
#include <utility>

namespace rpctls::tls {

namespace {

/// GnuTLS has one log for a process, and a function without a context for it.
std::function<void(const std::string &)> &sink() {
    static std::function<void(const std::string &)> one;
    return one;
}

/// Within GnuTLS, which cannot pass an exception on: a line that there is no memory for is lost.
void pass_on(int level, const char *message) noexcept {
    if (level > highest_library_level || !sink())
        return;
    try {
        sink()("gnutls: " + printable(trimmed(message)));
    } catch (...) {
    }
}

} // namespace

void set_library_log(std::function<void(const std::string &)> to) {
    if (!to)
        set_library_log_level(0);
    sink() = std::move(to);
    gnutls_global_set_log_function(pass_on);
}

void set_library_log_level(int level) {
    gnutls_global_set_log_level(std::clamp(level, 0, highest_library_level));
}

} // namespace rpctls::tls
