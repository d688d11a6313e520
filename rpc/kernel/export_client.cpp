// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/export_client.hpp"

#include "rpc/base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

namespace rpctls::kernel {

namespace {

constexpr std::size_t longest_client = 255;

struct Address {
    int family = AF_INET;
    std::array<unsigned char, 16> octets{};
    unsigned bits() const { return family == AF_INET ? 32 : 128; }
};

std::optional<Address> parse_address(std::string_view text) {
    const std::string terminated(text);
    Address address;
    if (::inet_pton(AF_INET, terminated.c_str(), address.octets.data()) == 1)
        return address;
    address.family = AF_INET6;
    if (::inet_pton(AF_INET6, terminated.c_str(), address.octets.data()) == 1)
        return address;
    return std::nullopt;
}

/// 255.255.240.0 → 20; absent when its ones are not all in front.
std::optional<unsigned> length_of_mask(const Address &mask) {
    unsigned length = 0;
    bool ended = false;
    for (unsigned bit = 0; bit < mask.bits(); ++bit) {
        const bool set = (mask.octets[bit / 8] >> (7 - bit % 8) & 1) != 0;
        if (set && ended)
            return std::nullopt;
        ended = !set;
        length += set ? 1 : 0;
    }
    return length;
}

std::optional<unsigned> length_of(std::string_view text, const Address &network) {
    if (const auto number = parse_number(text, network.bits()))
        return static_cast<unsigned>(*number);
    const auto mask = parse_address(text);
    return mask && mask->family == network.family ? length_of_mask(*mask) : std::nullopt;
}

std::string text_of(const Address &address) {
    char text[INET6_ADDRSTRLEN];
    return ::inet_ntop(address.family, address.octets.data(), text, sizeof text) != nullptr ? text : "";
}

/// Without the bits behind the length.
Address base_of(Address address, unsigned length) {
    for (unsigned bit = length; bit < address.bits(); ++bit)
        address.octets[bit / 8] &= static_cast<unsigned char>(~(1U << (7 - bit % 8)));
    return address;
}

bool is_name(std::string_view text, std::string_view more) {
    const auto fits = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '_' || more.find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= longest_client && text.front() != '-' && text.front() != '.' &&
           text.find("..") == std::string_view::npos && std::ranges::all_of(text, fits);
}

Error invalid(std::string_view text, std::string reason, std::string remedy) {
    return Error{Stage::input, "export-client-invalid", printable(text) + " names no clients"}
        .with("reason", std::move(reason))
        .advise(std::move(remedy));
}

constexpr const char *what_is_taken = "give a host name, an address, a network such as 192.0.2.0/24 or "
                                      "fd00:77::/64, *.example, @netgroup, or * for everybody";

Result<std::string> parse_network(std::string_view text, std::string_view bare, std::size_t slash) {
    const auto network = parse_address(bare.substr(0, slash));
    if (!network)
        return invalid(text, "there is no address before the /", what_is_taken);
    const auto length = length_of(bare.substr(slash + 1), *network);
    if (!length)
        return invalid(text, "there is no length of a network and no netmask behind the /", what_is_taken);
    const std::string base = text_of(base_of(*network, *length));
    if (base != text_of(*network))
        return invalid(text, "the address has more ones than the network is long",
                       "give " + base + "/" + std::to_string(*length) + " for the whole network, or " +
                           text_of(*network) + " for one host");
    return base + "/" + std::to_string(*length);
}

} // namespace

ExportClientKind export_client_kind(std::string_view client) {
    if (client.empty() || client == "*")
        return ExportClientKind::everyone;
    if (client.starts_with('@'))
        return ExportClientKind::netgroup;
    if (client.find_first_of("*?[") != std::string_view::npos)
        return ExportClientKind::wildcard;
    if (client.find('/') != std::string_view::npos)
        return ExportClientKind::network;
    return parse_address(client) ? ExportClientKind::address : ExportClientKind::host;
}

bool is_world(std::string_view client) {
    if (export_client_kind(client) == ExportClientKind::everyone)
        return true;
    const auto slash = client.find('/');
    if (slash == std::string_view::npos)
        return false;
    const auto network = parse_address(client.substr(0, slash));
    return network && length_of(client.substr(slash + 1), *network) == 0U;
}

Result<std::string> parse_export_client(std::string_view text) {
    std::string bare(text);
    if (bare.starts_with('[')) { // as a mount or a URL has it; here a bracket begins a wildcard
        const auto close = bare.find(']');
        if (close != std::string::npos && parse_address(std::string_view(bare).substr(1, close - 1))) {
            bare.erase(close, 1);
            bare.erase(0, 1);
        }
    }
    if (bare == "*")
        return bare;
    if (bare.starts_with("gss/"))
        return invalid(text, "gss/ clients are of old; sec=krb5 is an option",
                       "name the hosts, and give sec=krb5 with --options");
    if (bare.starts_with('@')) {
        if (is_name(std::string_view(bare).substr(1), ""))
            return bare;
        return invalid(text, "it is no netgroup's name", what_is_taken);
    }
    if (const auto address = parse_address(bare))
        return text_of(*address);
    if (const auto slash = bare.find('/'); slash != std::string::npos)
        return parse_network(text, bare, slash);
    const bool wild = bare.find_first_of("*?[") != std::string::npos;
    if (!is_name(bare, wild ? "*?[]" : ""))
        return invalid(text, "it is neither a name nor an address", what_is_taken);
    // 10.0.0 and 10.0.0.256 would be looked up as names; nobody means that.
    if (!wild && bare.find_first_not_of("0123456789.") == std::string::npos)
        return invalid(text, "it looks like an address and is none", what_is_taken);
    return bare;
}

} // namespace rpctls::kernel
