// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/engine/engine_state.hpp"

#include "rpc/tls/engine/key_schedule.hpp"
#include "rpc/tls/session_callbacks.hpp"
#include "rpc/tls/session_resumption.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>

namespace rpctls::tls {

namespace {

/// GnuTLS packs it behind all else of a session that has a ticket, before the time at which that came (12 octets) and its
/// limit for early data (4). Absent where a later one does otherwise.
std::optional<Secret> find_resumption_secret(std::span<const std::byte> session, std::size_t size) {
    constexpr std::size_t behind = 12 + 4;
    if (session.size() < 1 + size + behind)
        return std::nullopt;
    const auto end = session.last(1 + size + behind);
    if (std::to_integer<std::size_t>(end[0]) != size)
        return std::nullopt;
    return Secret(end.subspan(1, size));
}

} // namespace

void EngineState::before_opening(const ClientParameters &parameters) {
    if (options.ticket_keys || (options.early_data > 0 && !options.tickets))
        throw std::invalid_argument("a client has a TicketStore, without which there is no early data");
    if (!options.tickets)
        return;
    want_tickets(*this, options.tickets, ticket_key_of(parameters));
    early_limit = ticket ? std::min(options.early_data, ticket->early_data) : 0;
    if (early_limit > 0)
        library_flags |= GNUTLS_ENABLE_EARLY_DATA;
    if (!options.end_of_early_data)
        library_flags |= GNUTLS_NO_END_OF_EARLY_DATA;
}

void EngineState::before_opening(const ServerParameters &parameters) {
    if (options.tickets || (options.early_data > 0 && !options.ticket_keys))
        throw std::invalid_argument("a server has TicketKeys, without which there is no early data");
    if (options.early_data > 0 && options.end_of_early_data &&
        parameters.client_certificate != ClientCertificate::ignored)
        throw std::invalid_argument("early data that ends in a message comes before its sender is known");
    if (!options.ticket_keys)
        return;
    want_tickets(*this, options.ticket_keys);
    early_limit = options.early_data;
    if (early_limit > 0)
        library_flags |= GNUTLS_ENABLE_EARLY_DATA;
    if (!options.end_of_early_data)
        library_flags |= GNUTLS_NO_END_OF_EARLY_DATA;
}

void EngineState::refuse_resumption() const {
    if (options.tickets || options.ticket_keys || options.early_data > 0)
        throw std::invalid_argument("with pre-shared keys there is no resumption");
}

void EngineState::after_opening() {
    // A server that would not be believed today gets no early data, and no hint that it was known.
    if (is_client && !ticket)
        early_limit = 0;
    if (!is_client && early_limit > 0) {
        (void)gnutls_record_set_max_early_data_size(handle.get(), early_limit);
        gnutls_anti_replay_enable(handle.get(), options.ticket_keys->impl().anti_replay.get());
    }
}

/// GnuTLS tells whose ticket it took once a server's flight is done, or a client's handshake.
Status EngineState::judge_resumption() {
    if (resumption_judged || gnutls_session_is_resumed(handle.get()) == 0)
        return {};
    resumption_judged = true;
    const bool accepted = accept_resumed(*this);
    rethrow();
    if (accepted)
        return {};
    std::erase_if(actions, [](const Action &action) {
        const auto *secret = std::get_if<NewSecret>(&action);
        return secret != nullptr && secret->level == Level::early;
    });
    return fail(GNUTLS_E_INTERNAL_ERROR);
}

std::unique_lock<std::recursive_mutex> EngineState::lock_recording() const {
    return is_client || early_limit == 0 || handshake_done
               ? std::unique_lock<std::recursive_mutex>()
               : std::unique_lock(options.ticket_keys->impl().mutex);
}

EarlyData EngineState::early_data() const {
    if (early_given && !is_client)
        return EarlyData::accepted;
    if (!early_given)
        return early_data_offered ? EarlyData::rejected : EarlyData::none;
    if (!handshake_done)
        return EarlyData::offered;
    return (gnutls_session_get_flags(handle.get()) & GNUTLS_SFLAGS_EARLY_DATA) != 0 ? EarlyData::accepted
                                                                                    : EarlyData::rejected;
}

Status EngineState::hear_early_data(std::size_t octets) {
    early_heard += octets;
    if (early_data() != EarlyData::accepted || reading != Level::early || early_heard > early_limit)
        return refuse("more early data than was allowed", GNUTLS_A_UNEXPECTED_MESSAGE);
    return {};
}

Status EngineState::send_ticket() {
    const int code = gnutls_session_ticket_send(handle.get(), 1, 0);
    rethrow();
    return code < 0 ? Status(fail(code)) : Status();
}

Status EngineState::hear_ticket() {
    if (!options.tickets) // nothing is made of it, its form included
        return {};
    const auto terms = read_ticket_terms(reader.body());
    if (!terms)
        return refuse("a NewSessionTicket that is none", GNUTLS_A_DECODE_ERROR);
    if (terms->lifetime == std::chrono::seconds::zero() || reader.message().size() > longest_ticket)
        return {};
    const int code = gnutls_handshake_write(handle.get(), GNUTLS_ENCRYPTION_LEVEL_APPLICATION,
                                            reader.message().data(), reader.message().size());
    rethrow();
    if (code < 0)
        return fail(code);
    auto session = packed_session(*this);
    if (!session)
        return fail(GNUTLS_E_INTERNAL_ERROR);
    resumption_secret = find_resumption_secret(session->bytes(), size_of(hash_of(cipher)));
    keep_ticket(*this, *terms, std::move(*session));
    return {};
}

} // namespace rpctls::tls
