// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace rpctls::test {

/// Writes netlink messages octet by octet, without libnl, so that the code under test is not its own witness.
class NetlinkOctets {
public:
    /// A generic-netlink message.
    static NetlinkOctets genl(std::uint16_t family, std::uint8_t command, std::uint32_t sequence = 1) {
        NetlinkOctets octets(family, sequence);
        octets.put8(command).put8(1).put16(0);
        return octets;
    }
    explicit NetlinkOctets(std::uint16_t type, std::uint32_t sequence = 1, std::uint16_t flags = 0) {
        put32(0).put16(type).put16(flags).put32(sequence).put32(0);
    }

    NetlinkOctets &put8(std::uint8_t value) { return put(&value, sizeof value); }
    NetlinkOctets &put16(std::uint16_t value) { return put(&value, sizeof value); }
    NetlinkOctets &put32(std::uint32_t value) { return put(&value, sizeof value); }
    NetlinkOctets &put64(std::uint64_t value) { return put(&value, sizeof value); }
    NetlinkOctets &put(const void *from, std::size_t count) {
        const auto *first = static_cast<const std::byte *>(from);
        octets_.insert(octets_.end(), first, first + count);
        return *this;
    }
    NetlinkOctets &number(std::uint16_t attribute, std::uint32_t value) {
        return put16(8).put16(attribute).put32(value);
    }
    NetlinkOctets &text(std::uint16_t attribute, std::string_view value) {
        put16(static_cast<std::uint16_t>(4 + value.size())).put16(attribute).put(value.data(), value.size());
        while (octets_.size() % 4 != 0)
            octets_.push_back(std::byte(0));
        return *this;
    }

    /// The message with its length filled in.
    std::vector<std::byte> done() const {
        auto copy = octets_;
        const auto length = static_cast<std::uint32_t>(copy.size());
        std::memcpy(copy.data(), &length, sizeof length);
        return copy;
    }

private:
    std::vector<std::byte> octets_;
};

} // namespace rpctls::test
