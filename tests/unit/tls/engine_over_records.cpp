// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tls/engine_over_records.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/engine/key_schedule.hpp"

#include <algorithm>

namespace rpctls::test {

using namespace tls;

void EngineOverRecords::note(const Status &status) {
    if (error)
        return;
    if (!status) {
        word = status.error().name;
        error = status.error();
    } else if (engine.state() == HandshakeEngine::State::connected) {
        word = "connected";
    }
}

void EngineOverRecords::write(Level level, ContentType type, std::span<const std::byte> octets) {
    while (!octets.empty()) {
        const auto piece = octets.first(std::min(octets.size(), largest_content));
        octets = octets.subspan(piece.size());
        const std::size_t start = outgoing_.size();
        if (level == Level::initial) {
            ++plaintext_records;
            for (const std::size_t octet : {static_cast<std::size_t>(type), std::size_t{3}, std::size_t{3},
                                            piece.size() >> 8, piece.size()})
                outgoing_.push_back(static_cast<std::byte>(octet));
            outgoing_.insert(outgoing_.end(), piece.begin(), piece.end());
            continue;
        }
        Protected &with = sealing_.at(level);
        outgoing_.resize(start + piece.size() + record_overhead);
        (void)with.protection.seal(with.sequence++, type, piece, std::span(outgoing_).subspan(start));
    }
}

void EngineOverRecords::act() {
    for (Action &action : engine.take()) {
        if (const auto *octets = std::get_if<SendOctets>(&action)) {
            write(octets->level, ContentType::handshake, octets->octets);
        } else if (const auto *alert = std::get_if<SendAlert>(&action)) {
            const std::byte message[] = {std::byte{2}, static_cast<std::byte>(alert->description)};
            write(alert->level, ContentType::alert, message);
        } else {
            const NewSecret &secret = std::get<NewSecret>(action);
            Protected fresh{RecordProtection(derive_traffic_keys(secret.cipher, secret.secret))};
            if (secret.direction == Direction::transmit) {
                sealing_.insert_or_assign(secret.level, std::move(fresh));
            } else {
                opening_ = std::move(fresh);
                reading_ = secret.level;
            }
        }
    }
}

void EngineOverRecords::read_alert(std::span<const std::byte> octets) {
    if (octets.size() != 2)
        return;
    peer_closed = peer_closed || octets[1] == std::byte{0};
    note(engine.hear_alert(std::to_integer<unsigned>(octets[1])));
}

void EngineOverRecords::read_clear(std::span<const std::byte> record) {
    const auto type = std::to_integer<unsigned>(record[0]);
    if (type == 22)
        note(engine.feed(Level::initial, record.subspan(record_header_size)));
    else if (type == 21)
        read_alert(record.subspan(record_header_size));
    // 20 is a ChangeCipherSpec for middleboxes, which means nothing (RFC 8446 D.4).
}

void EngineOverRecords::read_record(std::span<std::byte> record) {
    if (!opening_ || record[0] != std::byte{23})
        return read_clear(record);
    const auto opened = opening_->protection.open(opening_->sequence, record);
    if (!opened && engine.early_data() == EarlyData::rejected && opening_->sequence == 0) {
        ++passed_over;
        return;
    }
    ++opening_->sequence;
    if (!opened)
        return note(opened.error());
    switch (opened->type) {
    case ContentType::handshake:
        tickets_and_updates += engine.state() == HandshakeEngine::State::connected;
        return note(engine.feed(reading_, opened->content));
    case ContentType::alert:
        return read_alert(opened->content);
    case ContentType::application_data:
        if (reading_ == Level::early) {
            note(engine.hear_early_data(opened->content.size()));
            heard_early += as_text(opened->content);
            return;
        }
        engine.hear_data();
        heard += as_text(opened->content);
    }
}

bool EngineOverRecords::turn() {
    bool moved = false;
    if (engine.state() == HandshakeEngine::State::start)
        note(engine.start());
    act();
    std::byte room[4096];
    for (ssize_t count; (count = transport_.receive(room)) > 0; moved = true)
        incoming_.insert(incoming_.end(), room, room + count);
    while (incoming_.size() >= record_header_size && !error) {
        const std::size_t size = record_header_size + (std::to_integer<std::size_t>(incoming_[3]) << 8) +
                                 std::to_integer<std::size_t>(incoming_[4]);
        if (incoming_.size() < size)
            break;
        read_record(std::span(incoming_).first(size));
        incoming_.erase(incoming_.begin(), incoming_.begin() + static_cast<std::ptrdiff_t>(size));
        act();
    }
    for (ssize_t count; !outgoing_.empty() && (count = transport_.send(outgoing_)) > 0; moved = true)
        outgoing_.erase(outgoing_.begin(), outgoing_.begin() + count);
    return moved;
}

void EngineOverRecords::say(std::string_view text) {
    act();
    write(Level::application, ContentType::application_data, as_bytes(text));
}

void EngineOverRecords::say_early(std::string_view text) {
    note(engine.start());
    act();
    write(Level::early, ContentType::application_data, as_bytes(text));
}

void EngineOverRecords::update_keys(bool request_peer) {
    note(engine.update_keys(request_peer));
    act();
}

void EngineOverRecords::close() {
    const std::byte close_notify[] = {std::byte{1}, std::byte{0}};
    write(Level::application, ContentType::alert, close_notify);
}

} // namespace rpctls::test
