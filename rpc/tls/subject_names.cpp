// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/subject_names.hpp"

#include "rpc/base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>

namespace rpctls::tls {

namespace {

constexpr std::size_t longest_dns_name = 253;
constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_common_name = 64;

Error dns_name_error(std::string name, std::string_view dns_name, std::string why) {
    return Error{Stage::input, std::move(name),
                 "\"" + printable(dns_name.substr(0, longest_dns_name)) +
                     "\" cannot stand in a certificate as a DNS name"}
        .with("", std::move(why));
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter_digit_hyphen(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
}

/// The octets of an address literal; empty when it is none.
std::vector<std::byte> parse_address(const std::string &text) {
    std::vector<std::byte> octets(16);
    if (::inet_pton(AF_INET6, text.c_str(), octets.data()) == 1)
        return octets;
    octets.resize(4);
    if (::inet_pton(AF_INET, text.c_str(), octets.data()) == 1)
        return octets;
    return {};
}

bool looks_like_address(const std::string &text) {
    // "[2001:db8::1]" and "192.0.2.300" are meant as addresses too; no top-level domain is a number (RFC 3696).
    const std::string last_label = text.substr(text.rfind('.') + 1);
    return text.find(':') != std::string::npos || !parse_address(text).empty() ||
           (!last_label.empty() && std::all_of(last_label.begin(), last_label.end(), is_digit));
}

} // namespace

Result<std::string> checked_dns_name(std::string_view name) {
    const std::string lowered = lower_case(name);
    if (lowered.find('*') != std::string::npos)
        return dns_name_error("wildcard-refused", name,
                              "wildcards never match in RPC with TLS (RFC 9289 5.2.1)")
            .advise("name each host with a --dns of its own");
    if (looks_like_address(lowered))
        return dns_name_error("ip-as-dns-name", name,
                              "it is an IP address, and as a DNS name it would never match")
            .advise("use --ip " + std::string(printable(name)));
    const auto invalid = [&](std::string why) -> Error {
        return dns_name_error("dns-name-invalid", name, std::move(why))
            .advise("a host name has letters, digits and hyphens, in labels of at most 63 characters between "
                    "dots; "
                    "write others in their xn-- form");
    };
    if (lowered.empty())
        return invalid("it is empty");
    if (lowered.size() > longest_dns_name)
        return invalid("it is longer than 253 characters");
    if (lowered.back() == '.')
        return invalid("it ends in a dot");
    for (const std::string_view label : split(lowered, '.')) {
        if (label.empty())
            return invalid("a label is empty");
        if (label.size() > longest_label)
            return invalid("a label is longer than 63 characters");
        if (label.front() == '-' || label.back() == '-')
            return invalid("a label starts or ends with a hyphen");
        const auto wrong = std::find_if_not(label.begin(), label.end(), is_letter_digit_hyphen);
        if (wrong != label.end())
            return invalid("it contains \"" + printable({&*wrong, 1}) + "\"");
    }
    return lowered;
}

Result<std::vector<std::byte>> checked_ip_address(std::string_view address) {
    auto octets = parse_address(std::string(address));
    const auto invalid = [&](std::string why, std::string hint) -> Error {
        return Error{Stage::input, "ip-address-invalid",
                     "\"" + printable(address.substr(0, 64)) +
                         "\" cannot stand in a certificate as an IP address"}
            .with("", std::move(why))
            .advise(std::move(hint));
    };
    if (address.find('\0') != std::string_view::npos || octets.empty())
        return invalid(
            "it is no IPv4 or IPv6 address",
            "write an address such as 192.0.2.7 or 2001:db8::7, without brackets, prefix length or zone; "
            "host names go with --dns");
    const bool zero = std::all_of(octets.begin(), octets.end(), [](std::byte b) { return b == std::byte{}; });
    if (zero)
        return invalid("it names no host", "give the address that clients connect to");
    if (octets.size() == 16 && IN6_IS_ADDR_V4MAPPED(reinterpret_cast<const in6_addr *>(octets.data())))
        return invalid("clients would compare an IPv4 address with it, and differ",
                       "use the IPv4 form, the part after ::ffff:");
    return octets;
}

Status check_common_name(std::string_view name) {
    const auto invalid = [&](std::string why) -> Error {
        return Error{Stage::input, "common-name-invalid",
                     "\"" + printable(name.substr(0, 2 * longest_common_name)) + "\" cannot be a common name"}
            .with("", std::move(why))
            .advise("use 1 to 64 characters of plain text");
    };
    if (trimmed(name).empty())
        return invalid("it is empty");
    if (printable(name) != name)
        return invalid("it contains control characters or is not UTF-8");
    const auto characters =
        std::count_if(name.begin(), name.end(), [](unsigned char c) { return (c & 0xc0) != 0x80; });
    if (static_cast<std::size_t>(characters) > longest_common_name)
        return invalid("it has " + std::to_string(characters) + " characters, at most 64 are allowed");
    return {};
}

} // namespace rpctls::tls
