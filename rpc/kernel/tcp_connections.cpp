// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/tcp_connections.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/kernel/sock_diag.hpp"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tls.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

namespace rpctls::kernel {

namespace {

constexpr std::size_t most_connections = 65536;
constexpr std::size_t most_counters = 64;
constexpr std::uint32_t established = 1; // TCP_ESTABLISHED, whose headers do not go with linux/

using Attributes = std::map<unsigned, std::span<const std::byte>>;

/// The attributes of a message or of a nest; those behind one that makes no sense are not there.
Attributes attributes_of(std::span<const std::byte> octets) {
    Attributes found;
    while (octets.size() >= NLA_HDRLEN) {
        nlattr attribute{};
        std::memcpy(&attribute, octets.data(), sizeof attribute);
        if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > octets.size())
            break;
        found.emplace(attribute.nla_type & NLA_TYPE_MASK,
                      octets.first(attribute.nla_len).subspan(NLA_HDRLEN));
        octets = octets.subspan(std::min<std::size_t>(NLA_ALIGN(attribute.nla_len), octets.size()));
    }
    return found;
}

std::optional<std::span<const std::byte>> find(const Attributes &attributes, unsigned type) {
    const auto found = attributes.find(type);
    return found == attributes.end() ? std::nullopt : std::optional(found->second);
}

std::uint16_t number(const Attributes &attributes, unsigned type) {
    std::uint16_t value = 0;
    if (const auto octets = find(attributes, type); octets && octets->size() >= sizeof value)
        std::memcpy(&value, octets->data(), sizeof value);
    return value;
}

std::string cipher_name(std::uint16_t cipher) {
    switch (cipher) {
    case TLS_CIPHER_AES_GCM_128:
        return "AES-128-GCM";
    case TLS_CIPHER_AES_GCM_256:
        return "AES-256-GCM";
    case TLS_CIPHER_AES_CCM_128:
        return "AES-128-CCM";
    case TLS_CIPHER_CHACHA20_POLY1305:
        return "CHACHA20-POLY1305";
    default:
        return {};
    }
}

std::string version_name(std::uint16_t version) {
    return version == TLS_1_3_VERSION ? "TLS 1.3" : version == TLS_1_2_VERSION ? "TLS 1.2" : "";
}

/// Of INET_DIAG_ULP_INFO: what sits upon TCP, TLS or something else.
std::optional<SocketTls> tls_of(std::span<const std::byte> ulp) {
    const auto attributes = attributes_of(ulp);
    const auto name = find(attributes, INET_ULP_INFO_NAME);
    if (!name || !as_text(*name).starts_with("tls"))
        return {};
    const auto nest = find(attributes, INET_ULP_INFO_TLS);
    if (!nest)
        return SocketTls{};
    const auto info = attributes_of(*nest);
    return SocketTls{version_name(number(info, TLS_INFO_VERSION)),
                     cipher_name(number(info, TLS_INFO_CIPHER))};
}

std::string address_text(std::uint8_t family, const std::uint32_t (&words)[4]) {
    static constexpr std::array<std::uint32_t, 2> nothing{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool mapped = family == AF_INET6 && std::memcmp(words, nothing.data(), sizeof nothing) == 0 &&
                        words[2] == htonl(0xffff);
    const void *address = mapped ? &words[3] : &words[0];
    const int shown_as = mapped ? AF_INET : family;
    return ::inet_ntop(shown_as, address, text.data(), text.size()) == nullptr ? "" : text.data();
}

bool dump_family(std::uint8_t family, std::vector<TcpConnection> &connections) {
    inet_diag_req_v2 request{};
    request.sdiag_family = family;
    request.sdiag_protocol = IPPROTO_TCP;
    request.idiag_states = 1U << established;
    request.idiag_ext = 1U << (INET_DIAG_INFO - 1); // what sits upon TCP is told with it only
    return dump_sockets(std::as_bytes(std::span(&request, 1)), most_connections,
                        [&](std::span<const std::byte> message) {
                            if (auto connection = connection_from_diag(message))
                                connections.push_back(std::move(*connection));
                        });
}

} // namespace

std::optional<TcpConnection> connection_from_diag(std::span<const std::byte> message) {
    inet_diag_msg socket{};
    if (message.size() < NLMSG_HDRLEN + sizeof socket)
        return {};
    std::memcpy(&socket, message.data() + NLMSG_HDRLEN, sizeof socket);
    if (socket.idiag_family != AF_INET && socket.idiag_family != AF_INET6)
        return {};
    TcpConnection connection;
    connection.local = address_text(socket.idiag_family, socket.id.idiag_src);
    connection.remote = address_text(socket.idiag_family, socket.id.idiag_dst);
    connection.local_port = ntohs(socket.id.idiag_sport);
    connection.remote_port = ntohs(socket.id.idiag_dport);
    const auto attributes = attributes_of(message.subspan(NLMSG_HDRLEN + sizeof socket));
    if (const auto ulp = find(attributes, INET_DIAG_ULP_INFO))
        connection.tls = tls_of(*ulp);
    return connection;
}

std::optional<std::vector<TcpConnection>> tcp_connections() {
    std::vector<TcpConnection> connections;
    // A kernel without IPv6 refuses the second question, and has nothing to tell.
    if (!dump_family(AF_INET, connections))
        return {};
    dump_family(AF_INET6, connections);
    return connections;
}

std::map<std::string, std::uint64_t> parse_tls_counters(std::string_view text) {
    std::map<std::string, std::uint64_t> counters;
    for (const auto line : split(text, '\n')) {
        const auto end = line.find_first_of(" \t");
        if (end == 0 || end == std::string_view::npos || counters.size() == most_counters)
            continue;
        if (const auto value = parse_number(trimmed(line.substr(end))))
            counters.emplace(line.substr(0, end), *value);
    }
    return counters;
}

std::map<std::string, std::uint64_t> tls_counters() {
    const auto text = read_file("/proc/net/tls_stat");
    return text ? parse_tls_counters(*text) : std::map<std::string, std::uint64_t>();
}

} // namespace rpctls::kernel
