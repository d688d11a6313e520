// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/listener_store.hpp"

#include <systemd/sd-daemon.h>

#include <sys/socket.h>

#include <cstdlib>
#include <string_view>

namespace rpctls::agent {

namespace {

constexpr std::string_view name = "handshake";

} // namespace

Fd kept_listener() {
    char **names = nullptr;
    const int count = sd_listen_fds_with_names(/*unset_environment=*/1, &names);
    Fd kept;
    for (int i = 0; i < count; ++i) {
        Fd given(SD_LISTEN_FDS_START + i); // whatever else is given is closed
        if (names != nullptr && names[i] != nullptr && names[i] == name && !kept.is_open() &&
            sd_is_socket(given.get(), AF_NETLINK, SOCK_RAW, -1) > 0)
            kept = std::move(given);
    }
    for (char **each = names; each != nullptr && *each != nullptr; ++each)
        std::free(*each);
    std::free(names);
    return kept;
}

bool keep_listener(int socket, bool was_kept) {
    // Not to be polled: a queue that overflowed while nobody read it is an error to poll(2), and would be closed.
    const bool told = sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=handshake\nFDPOLL=0", &socket, 1) > 0;
    const char *room = std::getenv("FDSTORE");
    return told && (was_kept || (room != nullptr && std::string_view(room) != "0"));
}

} // namespace rpctls::agent
