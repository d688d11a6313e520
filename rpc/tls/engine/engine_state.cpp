// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/engine/engine_state.hpp"

#include "rpc/tls/engine/key_schedule.hpp"
#include "rpc/tls/session_callbacks.hpp"
#include "rpc/tls/session_resumption.hpp"
#include "rpc/tls/session_setup.hpp"

#include <algorithm>
#include <array>

namespace rpctls::tls {

namespace {

constexpr unsigned most_messages = 32;       ///< of a handshake; the longest that is sound has 8 or so
constexpr unsigned most_later_messages = 64; ///< between two pieces of data
constexpr int most_turns = 8;                ///< of GnuTLS over one message

constexpr std::uint8_t client_hello = 1, server_hello = 2, new_session_ticket = 4, end_of_early_data = 5,
                       encrypted_extensions = 8, certificate = 11, certificate_request = 13,
                       certificate_verify = 15, finished = 20, key_update = 24;

/// What may come at a level; the order in it is GnuTLS' business.
bool belongs(std::uint8_t type, Level level, bool to_client) {
    if (level == Level::initial)
        return type == (to_client ? server_hello : client_hello);
    if (level == Level::early)
        return type == end_of_early_data;
    if (type == certificate || type == certificate_verify || type == finished)
        return true;
    return to_client && (type == encrypted_extensions || type == certificate_request);
}

gnutls_record_encryption_level_t library_level(Level level) {
    switch (level) {
    case Level::initial:
        return GNUTLS_ENCRYPTION_LEVEL_INITIAL;
    case Level::early:
        return GNUTLS_ENCRYPTION_LEVEL_EARLY;
    case Level::handshake:
        return GNUTLS_ENCRYPTION_LEVEL_HANDSHAKE;
    case Level::application:
        break;
    }
    return GNUTLS_ENCRYPTION_LEVEL_APPLICATION;
}

/// A ServerHello that asks for another hello (RFC 8446 4.1.3): behind the version, in place of a random number.
bool is_retry_request(std::span<const std::byte> body) {
    static constexpr std::array<unsigned char, 32> mark{
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
        0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
    return body.size() >= 2 + mark.size() &&
           std::ranges::equal(body.subspan(2, mark.size()), std::as_bytes(std::span(mark)));
}

} // namespace

void EngineState::send(Level level, std::span<const std::byte> octets) {
    if (!actions.empty())
        if (auto *last = std::get_if<SendOctets>(&actions.back()); last != nullptr && last->level == level) {
            last->octets.insert(last->octets.end(), octets.begin(), octets.end());
            return;
        }
    actions.emplace_back(SendOctets{level, {octets.begin(), octets.end()}});
}

void EngineState::learn(Level level, Direction direction, std::span<const std::byte> secret) {
    if (direction == Direction::receive)
        reading = level;
    else
        writing = level;
    early_given |= level == Level::early;
    if (level == Level::application)
        (direction == Direction::receive ? receive : transmit) = {Secret(secret), 0};
    actions.emplace_back(NewSecret{level, direction, cipher, Secret(secret), 0});
}

Error EngineState::refuse(std::string reason, gnutls_alert_description_t alert) {
    Error error =
        handshake_done
            ? Error{Stage::rpc, "session-failed", "the TLS session with " + who + " failed"}
            : Error{Stage::handshake, "handshake-failed", "the TLS handshake with " + who + " failed"};
    refusal = Refusal{std::move(error).with("reason", std::move(reason)), alert};
    return fail(GNUTLS_E_INTERNAL_ERROR);
}

Status EngineState::finish() {
    if (auto judged = judge_resumption(); !judged)
        return judged;
    if (!finish_handshake(*this))
        return fail(GNUTLS_E_INTERNAL_ERROR);
    messages_heard = 0;
    return has_ticket_to_give(*this) ? send_ticket() : Status();
}

Status EngineState::advance() {
    const auto recording = lock_recording();
    for (int turn = 0; turn < most_turns; ++turn) {
        const int code = gnutls_handshake(handle.get());
        rethrow();
        if (code == GNUTLS_E_SUCCESS)
            return finish();
        if (code == GNUTLS_E_AGAIN) // it has no message left
            return is_client || writing != Level::application ? Status() : judge_resumption();
        if (code != GNUTLS_E_INTERRUPTED)
            return fail(code);
    }
    return refuse("the TLS library does not get on", GNUTLS_A_INTERNAL_ERROR);
}

Status EngineState::hear(std::span<const std::byte> octets) {
    const Level level = reading;
    while (!octets.empty()) {
        // Messages do not cross a change of keys, and nothing follows the last one of a level (RFC 8446 5.1).
        if (reading != level)
            return refuse("octets after the last message of a level", GNUTLS_A_UNEXPECTED_MESSAGE);
        const std::size_t before = octets.size();
        const auto progress = reader.add(octets);
        if (!handshake_done && (octets_heard += before - octets.size()) > longest_handshake)
            return refuse("it does not end", GNUTLS_A_DECODE_ERROR);
        if (progress == MessageReader::Progress::too_long)
            return refuse("a message is too long", GNUTLS_A_DECODE_ERROR);
        if (progress == MessageReader::Progress::partial)
            return {};
        if (++messages_heard > (handshake_done ? most_later_messages : most_messages))
            return refuse("too many messages", GNUTLS_A_UNEXPECTED_MESSAGE);
        const bool changes_keys = handshake_done && reader.type() == key_update;
        auto heard = handshake_done ? hear_later_message() : hear_handshake_message();
        reader.clear();
        if (!heard)
            return heard;
        if (changes_keys && !octets.empty())
            return refuse("octets after a KeyUpdate", GNUTLS_A_UNEXPECTED_MESSAGE);
    }
    return {};
}

Status EngineState::hear_handshake_message() {
    if (!belongs(reader.type(), reading, is_client))
        return refuse("a message that does not belong there, type " + std::to_string(reader.type()),
                      GNUTLS_A_UNEXPECTED_MESSAGE);
    // GnuTLS would offer early data again in the second hello, which RFC 8446 4.1.2 forbids.
    if (reader.type() == server_hello && early_given && is_retry_request(reader.body()))
        return refuse("the server wants another key share, and early data was sent: connect without any",
                      GNUTLS_A_INTERNAL_ERROR);
    const int code = gnutls_handshake_write(handle.get(), library_level(reading), reader.message().data(),
                                            reader.message().size());
    return code < 0 ? Status(fail(code)) : advance();
}

Status EngineState::hear_later_message() {
    if (reader.type() == key_update && options.key_updates)
        return hear_key_update();
    if (reader.type() == new_session_ticket && is_client)
        return hear_ticket();
    return refuse("a message that does not belong there, type " + std::to_string(reader.type()),
                  GNUTLS_A_UNEXPECTED_MESSAGE);
}

Status EngineState::hear_key_update() {
    const auto body = reader.body();
    if (body.size() != 1)
        return refuse("a KeyUpdate of the wrong length", GNUTLS_A_DECODE_ERROR);
    const auto request = std::to_integer<unsigned>(body[0]);
    if (request > 1)
        return refuse("a KeyUpdate that asks for what there is not", GNUTLS_A_ILLEGAL_PARAMETER);
    next_generation(Direction::receive);
    // One answer does for all that was asked since anything was sent (RFC 8446 4.6.3).
    if (request == 0 || answered)
        return {};
    answered = true;
    return update(false);
}

Status EngineState::update(bool request_peer) {
    const std::byte message[] = {std::byte{key_update}, std::byte{0}, std::byte{0}, std::byte{1},
                                 static_cast<std::byte>(request_peer)};
    send(Level::application, message);
    next_generation(Direction::transmit);
    return {};
}

void EngineState::next_generation(Direction direction) {
    Traffic &traffic = direction == Direction::receive ? receive : transmit;
    traffic = {next_traffic_secret(hash_of(cipher), traffic.secret), traffic.generation + 1};
    actions.emplace_back(
        NewSecret{Level::application, direction, cipher, traffic.secret.duplicate(), traffic.generation});
}

} // namespace rpctls::tls
