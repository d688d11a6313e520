// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/resolve.hpp"

#include "rpc/base/server_name.hpp"
#include "rpc/base/text.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace rpctls::client {

namespace {

struct Lookup {
    int code = 0;
    int number = 0; ///< errno with EAI_SYSTEM
    std::vector<Address> addresses;
};

Lookup look_up(const std::string &host, const std::string &port, int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo *list = nullptr;
    Lookup lookup;
    errno = 0;
    lookup.code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    lookup.number = errno;
    if (lookup.code != 0)
        return lookup;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    for (const addrinfo *entry = list; entry != nullptr; entry = entry->ai_next) {
        if ((entry->ai_family != AF_INET && entry->ai_family != AF_INET6) ||
            entry->ai_addrlen > sizeof(sockaddr_storage) || lookup.addresses.size() >= most_addresses)
            continue;
        Address address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.size = entry->ai_addrlen;
        const bool known = std::ranges::any_of(lookup.addresses, [&](const Address &other) {
            return other.size == address.size &&
                   std::memcmp(&other.storage, &address.storage, address.size) == 0;
        });
        if (!known)
            lookup.addresses.push_back(address);
    }
    return lookup;
}

/// What the asking thread and the one in the resolver share; whichever goes last takes it along.
struct Exchange {
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<Lookup> answer;
};

/// getaddrinfo(3) has no deadline and cannot be interrupted: it runs in a thread of its own, which is left behind when
/// the deadline passes and ends when the resolver gives up. It touches nothing but its own copy of the question.
std::optional<Lookup> look_up_until(const std::string &host, const std::string &port, Deadline deadline) {
    const auto exchange = std::make_shared<Exchange>();
    // Signals are for the threads of the program, which know what to do with them.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        std::thread([exchange, host, port] {
            Lookup lookup = look_up(host, port, 0);
            const std::lock_guard lock(exchange->mutex);
            exchange->answer = std::move(lookup);
            exchange->answered.notify_one();
        }).detach();
    } catch (const std::system_error &failure) {
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return Lookup{EAI_SYSTEM, failure.code().value(), {}};
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    std::unique_lock lock(exchange->mutex);
    exchange->answered.wait_until(lock, deadline.at(), [&] { return exchange->answer.has_value(); });
    return std::move(exchange->answer);
}

bool means_unknown(int code) {
    return code == EAI_NONAME
#ifdef EAI_NODATA
           || code == EAI_NODATA
#endif
#ifdef EAI_ADDRFAMILY
           || code == EAI_ADDRFAMILY
#endif
        ;
}

Error not_found(const std::string &host) {
    return Error{Stage::resolve, "name-not-found", "no address is known for the name " + printable(host)}
        .advise("check the spelling, /etc/hosts and the DNS: getent hosts " + printable(host));
}

} // namespace

std::string Address::text() const {
    char name[NI_MAXHOST];
    if (::getnameinfo(get(), size, name, sizeof name, nullptr, 0, NI_NUMERICHOST) != 0)
        return "unknown address";
    return name;
}

Result<HostPort> parse_host_port(std::string_view text) {
    HostPort parts;
    std::string_view port;
    bool has_port = false;
    const auto colon = text.rfind(':');
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        has_port = end != std::string_view::npos && colon != std::string_view::npos && colon > end;
        // "[fe80::7]%eth0" stands for "fe80::7%eth0": bare_host sees to it.
        parts.host = bare_host(text.substr(0, has_port ? colon : text.size()), true);
    } else {
        has_port = colon != std::string_view::npos && text.find(':') == colon; // more colons: an IPv6 literal
        parts.host = text.substr(0, has_port ? colon : text.size());
    }
    if (has_port)
        port = text.substr(colon + 1);
    if (parts.host.empty() || parts.host.find_first_of("[]/ ") != std::string::npos ||
        parts.host.size() > 255)
        return Error{Stage::input, "host-invalid", "not a host: " + printable(text)}.advise(
            "give HOST, HOST:PORT or [IPV6]:PORT");
    if (has_port) {
        const auto number = parse_number(port, 65535);
        if (!number || *number == 0)
            return Error{Stage::input, "port-invalid", "not a port: " + printable(port)}.advise(
                "give a number from 1 to 65535");
        parts.port = static_cast<std::uint16_t>(*number);
    }
    return parts;
}

Result<std::vector<Address>> resolve(std::string_view host, std::uint16_t port, Deadline deadline) {
    const std::string name = bare_host(host, true);
    const std::string service = std::to_string(port);
    if (name.empty() || name.find('\0') != std::string::npos)
        return not_found(name);
    // A literal needs no resolver, and must not wait for one.
    if (Lookup literal = look_up(name, service, AI_NUMERICHOST);
        literal.code == 0 && !literal.addresses.empty())
        return std::move(literal.addresses);
    auto lookup = look_up_until(name, service, deadline);
    if (!lookup)
        return Error{Stage::resolve, "resolve-timeout",
                     "the resolver does not answer for the name " + printable(name)}
            .advise("check that the name servers in /etc/resolv.conf are reachable, or use an address");
    if (means_unknown(lookup->code) || (lookup->code == 0 && lookup->addresses.empty()))
        return not_found(name);
    if (lookup->code != 0) {
        Error error{Stage::resolve, "resolver-failed", "cannot look up the name " + printable(name)};
        if (lookup->code == EAI_SYSTEM)
            error.system_errno = lookup->number;
        else
            error.facts.push_back({"resolver", ::gai_strerror(lookup->code)});
        error.hint = "check the name servers in /etc/resolv.conf, or use an address";
        return error;
    }
    return std::move(lookup->addresses);
}

} // namespace rpctls::client
