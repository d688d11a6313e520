// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bench/server_loads.hpp"

#include "rpctls/connection.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <semaphore>
#include <stdexcept>
#include <vector>

namespace rpctls::bench {

int connect_in_clear(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
        throw std::runtime_error("no connection");
    return fd;
}

bool ask_for_tls(int fd, std::uint32_t program, std::uint32_t version) {
    std::array<std::uint32_t, 11> probe{0x80000028, 1, 0, 2, program, version, 0, 7, 0, 0, 0};
    std::transform(probe.begin(), probe.end(), probe.begin(), [](std::uint32_t word) { return htonl(word); });
    std::array<char, 36> token{};
    return ::send(fd, probe.data(), sizeof probe, MSG_NOSIGNAL) == sizeof probe &&
           ::recv(fd, token.data(), token.size(), MSG_WAITALL) == static_cast<ssize_t>(token.size());
}

void keep_calling(const rpctls_params &params, std::uint32_t program, std::uint32_t version,
                  std::uint32_t procedure, std::size_t octets, std::size_t at_once) {
    auto connection = Connection::open("127.0.0.1", program, version, params, {.calls_in_flight = at_once});
    if (!connection)
        throw std::runtime_error(summary(connection.error()));
    const std::vector<std::byte> payload(octets, std::byte{0x5a});
    std::counting_semaphore<> free(static_cast<std::ptrdiff_t>(at_once));
    std::atomic<bool> failed{false};
    while (!failed) {
        free.acquire();
        const auto taken =
            (*connection)
                ->call({.procedure = procedure, .arguments = {payload}}, [&](const Result<CallReply> &reply) {
                    failed = failed || !reply;
                    free.release();
                });
        if (!taken)
            throw std::runtime_error(summary(taken.error()));
    }
    throw std::runtime_error("a call failed");
}

void keep_sending_garbage(std::uint16_t port, std::uint32_t program, std::uint32_t version) {
    std::mt19937 random(1);
    std::vector<std::byte> garbage(64 << 10);
    for (bool in_clear = true;; in_clear = !in_clear) {
        std::generate(garbage.begin(), garbage.end(),
                      [&] { return static_cast<std::byte>(random() & 0xff); });
        const int fd = connect_in_clear(port);
        if (in_clear || ask_for_tls(fd, program, version))
            (void)!::send(fd, garbage.data(), garbage.size(), MSG_NOSIGNAL);
        char octet = 0;
        (void)!::recv(fd, &octet, 1, 0); // it says why, or ends
        ::close(fd);
    }
}

} // namespace rpctls::bench
