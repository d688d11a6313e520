// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/control_records.hpp"

#include "rpc/tls/resumption.hpp"

#include <algorithm>

namespace rpctls::tls {

namespace {

constexpr unsigned close_notify = 0, user_canceled = 90, unrecognized_name = 112;
constexpr unsigned level_warning = 1;
constexpr unsigned new_session_ticket = 4, key_update = 24;

unsigned number(std::byte octet) {
    return std::to_integer<unsigned>(octet);
}

} // namespace

ControlRecords::Verdict ControlRecords::feed(std::uint8_t type, std::span<const std::byte> octets) {
    // Neither empty nor mixed with others (RFC 8446 5.1).
    if (octets.empty() || (data() == Verdict::unexpected && type != type_))
        return Verdict::unexpected;
    type_ = type;
    if (type == record_type_alert)
        return feed_alert(octets);
    return type == record_type_handshake ? feed_handshake(octets) : Verdict::unexpected;
}

ControlRecords::Verdict ControlRecords::feed_alert(std::span<const std::byte> octets) {
    for (const std::byte octet : octets) {
        head_[filled_++] = octet;
        if (filled_ < 2)
            continue;
        filled_ = 0;
        if (const Verdict verdict = judge_alert(); verdict != Verdict::nothing)
            return verdict;
    }
    return Verdict::nothing;
}

/// In TLS 1.3 the level means nothing, but for the one warning that older servers send about an SNI they do not know.
ControlRecords::Verdict ControlRecords::judge_alert() {
    alert_ = number(head_[1]);
    if (alert_ == close_notify)
        return Verdict::ended;
    const bool harmless =
        alert_ == user_canceled || (alert_ == unrecognized_name && number(head_[0]) == level_warning);
    return harmless ? Verdict::nothing : Verdict::alert;
}

ControlRecords::Verdict ControlRecords::feed_handshake(std::span<const std::byte> octets) {
    while (!octets.empty()) {
        if (body_left_ > 0) {
            const std::size_t taken = std::min(body_left_, octets.size());
            collect(octets.first(taken));
            body_left_ -= taken;
            end_ticket();
            octets = octets.subspan(taken);
            continue;
        }
        head_[filled_++] = octets.front();
        octets = octets.subspan(1);
        if (filled_ < head_.size())
            continue;
        filled_ = 0;
        if (number(head_[0]) == key_update)
            return Verdict::key_update;
        // Without tickets being asked for servers send them all the same.
        if (number(head_[0]) != new_session_ticket || !is_client_)
            return Verdict::unexpected;
        body_left_ = number(head_[1]) << 16 | number(head_[2]) << 8 | number(head_[3]);
        collects_ = head_.size() + body_left_ <= longest_ticket;
        collect(head_);
        end_ticket();
    }
    return Verdict::nothing;
}

void ControlRecords::collect(std::span<const std::byte> octets) {
    if (collects_)
        message_.insert(message_.end(), octets.begin(), octets.end());
}

void ControlRecords::end_ticket() {
    if (body_left_ == 0 && std::exchange(collects_, false))
        ticket_ = std::exchange(message_, {});
}

} // namespace rpctls::tls
