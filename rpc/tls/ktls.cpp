// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/ktls.hpp"

#include "rpc/tls/ktls_crypto.hpp"

#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

namespace rpctls::tls {

namespace {

Error ulp_failed(int number) {
    // ENOENT: no module of that name. ENOPROTOOPT: a kernel without upper-layer protocols for TCP at all.
    if (number == ENOENT || number == ENOPROTOOPT)
        return system_error(Stage::kernel, "ktls-unavailable", "this kernel has no TLS for sockets (kTLS)",
                            number)
            .advise("modprobe tls; the kernel needs CONFIG_TLS");
    if (number == EEXIST)
        return system_error(Stage::kernel, "ktls-failed", "the socket has an upper-layer protocol already",
                            number);
    return system_error(Stage::kernel, "ktls-failed", "cannot attach TLS to the socket", number)
        .advise("it takes a connected TCP socket");
}

Error keys_failed(const char *direction, const std::string &cipher, int number) {
    Error error = system_error(Stage::kernel, "ktls-failed",
                               std::string("the kernel does not take over ") + direction, number);
    // EINVAL: the kernel's TLS does not know the cipher or the version; ENOENT: its crypto has no such algorithm.
    if (number == EINVAL || number == ENOENT || number == ENOPROTOOPT || number == EOPNOTSUPP) {
        error.name = "ktls-cipher-unsupported";
        error.hint = number == ENOENT
                         ? "load the kernel's crypto modules for it (gcm, aes, chacha20poly1305)"
                         : "use a kernel that does this cipher with TLS 1.3, or take it out of the "
                           "system's crypto policy";
    }
    error.facts.push_back({"cipher", cipher});
    return error;
}

bool has_keys(int fd, int direction) {
    tls_crypto_info info{};
    socklen_t length = sizeof info;
    return ::getsockopt(fd, SOL_TLS, direction, &info, &length) == 0;
}

/// After attach_ktls() long ago. A socket with keys is another matter: newer kernels would take ours for a KeyUpdate.
bool attached_before(int fd, int number) {
    char name[16] = "";
    socklen_t length = sizeof name - 1;
    return number == EEXIST && ::getsockopt(fd, IPPROTO_TCP, TCP_ULP, name, &length) == 0 &&
           std::string_view(name) == "tls" && !has_keys(fd, TLS_TX) && !has_keys(fd, TLS_RX);
}

/// By name from Linux 7.0 on.
constexpr int tls_tx_max_payload_len = 5;
constexpr std::size_t full_payload = 16384;

/// The kernel seals records of the full size unless it is told otherwise.
Status limit_records(int fd, std::size_t payload) {
    const auto limit = static_cast<std::uint16_t>(payload);
    if (payload >= full_payload ||
        ::setsockopt(fd, SOL_TLS, tls_tx_max_payload_len, &limit, sizeof limit) == 0)
        return {};
    return system_error(Stage::kernel, "ktls-record-size",
                        "the peer takes short TLS records only, and this kernel cannot send such", errno)
        .with("limit", std::to_string(payload))
        .advise("use Linux 7.0 or newer here, or lift the record size limit of the peer");
}

bool give(int fd, int option, const Secret &info) {
    return ::setsockopt(fd, SOL_TLS, option, info.bytes().data(), static_cast<socklen_t>(info.size())) == 0;
}

} // namespace

Status prime_ktls(int fd, const Session &session) {
    if (auto ready = session.ready_for_kernel(); !ready)
        return ready;
    const auto info_for = [&](Direction direction) -> Result<Secret> {
        auto keys = session.traffic_keys(direction);
        return keys ? kernel_crypto_info(*keys) : std::move(keys).error();
    };
    const auto transmit = info_for(Direction::transmit);
    if (!transmit)
        return transmit.error();
    const auto receive = info_for(Direction::receive);
    if (!receive)
        return receive.error();
    // From here on the socket is changed.
    if (auto attached = attach_ktls(fd); !attached && !attached_before(fd, attached.error().system_errno))
        return attached;
    const std::string &cipher = session.facts().cipher;
    if (!give(fd, TLS_TX, *transmit))
        return keys_failed("sending", cipher, errno);
    if (auto limited = limit_records(fd, session.largest_payload()); !limited)
        return limited;
    if (!give(fd, TLS_RX, *receive))
        return keys_failed("receiving", cipher, errno);
    return {};
}

Status attach_ktls(int fd) {
    static constexpr char protocol[] = "tls";
    if (::setsockopt(fd, IPPROTO_TCP, TCP_ULP, protocol, sizeof protocol) != 0)
        return ulp_failed(errno);
    return {};
}

bool ktls_has_begun(int fd) {
    return has_keys(fd, TLS_TX) || has_keys(fd, TLS_RX);
}

Status ktls_engaged(int fd) {
    for (const int direction : {TLS_TX, TLS_RX}) {
        if (!has_keys(fd, direction))
            return system_error(Stage::kernel, "ktls-failed",
                                std::string("the kernel does not ") +
                                    (direction == TLS_TX ? "seal what is sent" : "open what is received") +
                                    " on this socket",
                                errno);
    }
    return {};
}

} // namespace rpctls::tls
