// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/peer_name.hpp"

#include "rpc/base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace rpctls::tls {

namespace {

std::vector<std::byte> address_octets(const std::string &literal) {
    std::vector<std::byte> octets(16);
    if (::inet_pton(AF_INET6, literal.c_str(), octets.data()) == 1)
        return octets;
    octets.resize(4);
    if (::inet_pton(AF_INET, literal.c_str(), octets.data()) == 1)
        return octets;
    return {};
}

/// Letters, digits, hyphens and underscores (host names have them, whatever RFC 952 says) in labels of 1
/// to 63.
bool is_dns_name(std::string_view name) {
    if (name.empty() || name.size() > 253)
        return false;
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    };
    return std::ranges::all_of(split(name, '.'), [&](std::string_view label) {
        return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, fits);
    });
}

} // namespace

Result<PeerName> PeerName::parse(std::string_view typed) {
    PeerName name;
    name.text_ = printable(typed);
    std::string_view bare = typed;
    if (bare.size() > 2 && bare.front() == '[' && bare.back() == ']')
        bare = bare.substr(1, bare.size() - 2);
    // Only an address has a scope, and a certificate knows none.
    const std::string_view unscoped = bare.substr(0, bare.find('%'));
    if (unscoped.find('\0') == std::string_view::npos)
        name.address_ = address_octets(std::string(unscoped));
    if (name.is_address())
        return name;
    bare = typed;
    if (bare.ends_with('.'))
        bare.remove_suffix(1);
    if (!is_dns_name(bare))
        return Error{Stage::input, "server-name-invalid", "not a server name or address: " + printable(typed)}
            .advise("give a DNS name (in its xn-- form if it is not ASCII) or an IP address");
    name.dns_ = lower_case(bare);
    return name;
}

std::string PeerName::wanted() const {
    if (!is_address())
        return "DNS:" + dns_;
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(address_.size() == 4 ? AF_INET : AF_INET6, address_.data(), text, sizeof text);
    return std::string("IP:") + text;
}

bool PeerName::matches(const CertificateInfo &certificate) const {
    if (is_address())
        return std::ranges::any_of(certificate.ip_addresses, [&](const std::string &presented) {
            return address_octets(presented) == address_;
        });
    return std::ranges::any_of(certificate.dns_names, [&](const std::string &presented) {
        return equal_ignoring_case(presented, dns_);
    });
}

} // namespace rpctls::tls
