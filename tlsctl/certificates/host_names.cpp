// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/host_names.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/cli/arguments.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

namespace rpctls::tlsctl {

namespace {

/// The full name, when the resolver makes one of the short one; empty otherwise.
std::string full_name(const std::string &name) {
    if (name.empty() || name.find('.') != std::string::npos)
        return {};
    addrinfo hints{};
    hints.ai_flags = AI_CANONNAME;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *found = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0)
        return {};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    const std::string canonical = found->ai_canonname == nullptr ? "" : lower_case(found->ai_canonname);
    return canonical.starts_with(lower_case(name) + ".") ? canonical : std::string();
}

/// IPv6 addresses that will be gone tomorrow: /proc/net/if_inet6 has their flags.
std::set<std::string> passing_addresses() {
    std::set<std::string> passing;
    std::ifstream table("/proc/net/if_inet6");
    for (std::string line; std::getline(table, line);) {
        std::istringstream fields(line);
        std::string address, index, prefix, scope;
        unsigned flags = 0;
        fields >> address >> index >> prefix >> scope >> std::hex >> flags;
        if ((flags & (IFA_F_TEMPORARY | IFA_F_DEPRECATED | IFA_F_TENTATIVE)) != 0)
            passing.insert(address);
    }
    return passing;
}

std::string global_v4(const sockaddr_in &address) {
    const std::uint32_t value = ntohl(address.sin_addr.s_addr);
    const bool link_local = (value >> 16) == 0xa9fe;
    if (value == INADDR_ANY || (value >> 24) == IN_LOOPBACKNET || link_local || IN_MULTICAST(value))
        return {};
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    return text.data();
}

std::string global_v6(const sockaddr_in6 &address, const std::set<std::string> &passing) {
    const in6_addr &value = address.sin6_addr;
    if (IN6_IS_ADDR_UNSPECIFIED(&value) || IN6_IS_ADDR_LOOPBACK(&value) || IN6_IS_ADDR_LINKLOCAL(&value) ||
        IN6_IS_ADDR_MULTICAST(&value) || IN6_IS_ADDR_V4MAPPED(&value) ||
        passing.count(hex(std::as_bytes(std::span(value.s6_addr)))) != 0)
        return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, &value, text.data(), text.size());
    return text.data();
}

std::vector<std::string> own_addresses() {
    ifaddrs *first = nullptr;
    if (::getifaddrs(&first) != 0)
        return {};
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, ::freeifaddrs);
    const auto passing = passing_addresses();
    std::vector<std::string> addresses;
    for (const ifaddrs *each = first; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_UP) == 0 ||
            (each->ifa_flags & IFF_LOOPBACK) != 0)
            continue;
        std::string text;
        if (each->ifa_addr->sa_family == AF_INET)
            text = global_v4(*reinterpret_cast<const sockaddr_in *>(each->ifa_addr));
        else if (each->ifa_addr->sa_family == AF_INET6)
            text = global_v6(*reinterpret_cast<const sockaddr_in6 *>(each->ifa_addr), passing);
        if (!text.empty() && std::find(addresses.begin(), addresses.end(), text) == addresses.end())
            addresses.push_back(std::move(text));
    }
    return addresses;
}

} // namespace

HostNames own_names() {
    HostNames own;
    const std::string name = lower_case(host_name());
    own.dns_names.push_back(name);
    if (std::string full = full_name(name); !full.empty())
        own.dns_names.insert(own.dns_names.begin(), std::move(full));
    own.ip_addresses = own_addresses();
    return own;
}

bool is_own_name(const HostNames &own, const std::string &name) {
    return std::find(own.dns_names.begin(), own.dns_names.end(), lower_case(name)) != own.dns_names.end();
}

} // namespace rpctls::tlsctl
