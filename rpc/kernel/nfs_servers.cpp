// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/nfs_servers.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <optional>

namespace rpctls::kernel {

namespace {

/// A line is some sixty octets.
constexpr std::size_t largest_list = std::size_t{1} << 21;

/// The next word, which is taken off.
std::string_view take_word(std::string_view &line) {
    line = trimmed(line);
    const auto word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    return word;
}

template <class Number>
std::optional<Number> hexadecimal(std::string_view digits) {
    Number number = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    return fault == std::errc{} && end == digits.data() + digits.size() ? std::optional(number)
                                                                        : std::nullopt;
}

/// 8 or 32 digits, in the order of the network.
std::optional<std::string> address_of(std::string_view digits) {
    unsigned char octets[16] = {};
    if (digits.size() != 8 && digits.size() != 32)
        return std::nullopt;
    for (std::size_t i = 0; i < digits.size() / 2; ++i) {
        const auto octet = hexadecimal<unsigned char>(digits.substr(2 * i, 2));
        if (!octet)
            return std::nullopt;
        octets[i] = *octet;
    }
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(digits.size() == 8 ? AF_INET : AF_INET6, octets, text, sizeof text);
    return text;
}

} // namespace

std::vector<NfsServer> parse_nfs_servers(std::string_view text) {
    // "v4 c0000201  801   2 nfs1.example": version, address, port, mounts' references, name.
    std::vector<NfsServer> servers;
    for (auto line : split(text, '\n')) {
        take_word(line);
        const auto address = address_of(take_word(line));
        const auto port = hexadecimal<std::uint16_t>(take_word(line));
        take_word(line);
        const auto name = trimmed(line);
        if (address && port && !name.empty())
            servers.push_back({*address, *port, std::string(name)});
    }
    return servers;
}

Result<std::vector<NfsServer>> read_nfs_servers() {
    const auto text = read_file("/proc/fs/nfsfs/servers", largest_list);
    if (!text)
        return text.error();
    return parse_nfs_servers(*text);
}

} // namespace rpctls::kernel
