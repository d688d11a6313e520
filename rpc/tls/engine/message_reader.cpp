// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/engine/message_reader.hpp"

#include <algorithm>

namespace rpctls::tls {

void MessageReader::move(std::span<const std::byte> &octets, std::size_t up_to) {
    const auto part = octets.first(std::min(octets.size(), up_to - std::min(up_to, message_.size())));
    message_.insert(message_.end(), part.begin(), part.end());
    octets = octets.subspan(part.size());
}

MessageReader::Progress MessageReader::add(std::span<const std::byte> &octets) {
    move(octets, header_size);
    if (message_.size() < header_size)
        return Progress::partial;
    const auto octet = [&](std::size_t i) { return std::to_integer<std::size_t>(message_[i]); };
    const std::size_t size = header_size + (octet(1) << 16 | octet(2) << 8 | octet(3));
    if (size > largest_)
        return Progress::too_long;
    move(octets, size);
    return message_.size() == size ? Progress::whole : Progress::partial;
}

} // namespace rpctls::tls
