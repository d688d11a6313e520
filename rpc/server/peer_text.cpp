// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/peer_text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace rpctls::server {

std::string peer_key(const sockaddr_storage &address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address.ss_family == AF_INET) {
        const auto &four = reinterpret_cast<const sockaddr_in &>(address);
        ::inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
    } else if (address.ss_family == AF_INET6) {
        const auto &six = reinterpret_cast<const sockaddr_in6 &>(address);
        if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr))
            ::inet_ntop(AF_INET, six.sin6_addr.s6_addr + 12, text, sizeof text);
        else
            ::inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
    } else {
        return "local";
    }
    return text;
}

std::string peer_text(const sockaddr_storage &address) {
    const std::string host = peer_key(address);
    if (address.ss_family != AF_INET && address.ss_family != AF_INET6)
        return host;
    // Both families have the port at the same place.
    const auto port = std::to_string(ntohs(reinterpret_cast<const sockaddr_in &>(address).sin_port));
    return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
}

socklen_t address_size(const sockaddr_storage &address) {
    switch (address.ss_family) {
    case AF_INET:
        return sizeof(sockaddr_in);
    case AF_INET6:
        return sizeof(sockaddr_in6);
    default:
        return sizeof address;
    }
}

} // namespace rpctls::server
