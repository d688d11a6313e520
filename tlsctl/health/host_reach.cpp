// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/host_reach.hpp"

#include "rpc/base/server_name.hpp"
#include "rpc/client/preflight.hpp"
#include "rpc/client/resolve.hpp"
#include "tlsctl/cli/arguments.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace rpctls::tlsctl {

namespace {

constexpr std::size_t most_names = 8;

std::vector<std::string> own_addresses() {
    std::vector<std::string> found;
    ifaddrs *list = nullptr;
    if (::getifaddrs(&list) != 0)
        return found;
    for (const ifaddrs *entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr)
            continue;
        const int family = entry->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6)
            continue;
        client::Address address;
        address.size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
        std::memcpy(&address.storage, entry->ifa_addr, address.size);
        found.push_back(bare_host(address.text(), false));
    }
    ::freeifaddrs(list);
    return found;
}

} // namespace

HostReach reach_of_host(const tls::CertificateInfo &certificate) {
    HostReach host{host_name(), own_addresses(), {}};
    const auto deadline = Deadline::after(std::chrono::seconds(2));
    const auto is_here = [&](const client::Address &address) {
        const std::string text = address.text();
        // 127.0.1.1 is what Debian's /etc/hosts says of the host itself.
        return text.starts_with("127.") || std::ranges::find(host.addresses, text) != host.addresses.end();
    };
    for (std::size_t i = 0;
         i < std::min(certificate.dns_names.size(), most_names) && host.leading_here.empty(); ++i)
        if (const auto found = client::resolve(certificate.dns_names[i], client::nfs_port, deadline))
            if (std::ranges::any_of(*found, is_here))
                host.leading_here.push_back(certificate.dns_names[i]);
    return host;
}

} // namespace rpctls::tlsctl
