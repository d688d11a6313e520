// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::kernel {

/// kTLS on a socket, as far as the kernel tells; without root only that it is there.
struct SocketTls {
    std::string version; ///< "TLS 1.3"; empty: not told
    std::string cipher;  ///< "AES-256-GCM"; empty: not told, or none that is known here
    friend bool operator==(const SocketTls &, const SocketTls &) = default;
};

/// An established TCP connection, those of the kernel's own NFS client and server included.
struct TcpConnection {
    std::string local;
    std::string remote; ///< an address without port or scope; IPv4-mapped ones as IPv4
    std::uint16_t local_port = 0;
    std::uint16_t remote_port = 0;
    std::optional<SocketTls> tls;
};

/// One SOCK_DIAG answer (struct inet_diag_msg and its attributes), header included. Pure; absent when it makes no sense.
std::optional<TcpConnection> connection_from_diag(std::span<const std::byte> message);

/// All established connections of this network namespace; absent when the kernel does not say (tcp_diag is missing, or
/// there are more than 65,536). Older kernels tell root alone whether a connection has TLS.
std::optional<std::vector<TcpConnection>> tcp_connections();

/// The counters of /proc/net/tls_stat by their names: "TlsCurrTxSw", "TlsDecryptError", … Pure.
std::map<std::string, std::uint64_t> parse_tls_counters(std::string_view text);

/// Those of this network namespace; empty when the kernel has no kTLS.
std::map<std::string, std::uint64_t> tls_counters();

} // namespace rpctls::kernel
