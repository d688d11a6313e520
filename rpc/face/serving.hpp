// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace rpctls::face {

/// What a server allows its clients: the setters of rpctls.h that concern servers only.
struct Serving {
    std::size_t connections = 1000;
    std::size_t connections_per_peer = 250;
    std::size_t unfinished_handshakes_per_peer = 32;
    std::size_t largest_record = 4 << 20;
    std::chrono::milliseconds handshake{10000};
    std::chrono::milliseconds idle{0};
    std::chrono::milliseconds stall{30000};
    std::chrono::milliseconds drain{10000};
    void (*log)(void *context, const char *line) = nullptr; ///< absent: standard error
    void *log_context = nullptr;
    const char *(*select)(void *context, const char *server_name) = nullptr; ///< absent: by the labels
    void *select_context = nullptr;
};

} // namespace rpctls::face
