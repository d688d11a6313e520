// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/session_resumption.hpp"

#include "rpc/tls/recheck.hpp"

#include <new>

namespace rpctls::tls {

std::string ticket_key_of(const ClientParameters &parameters) {
    std::string key = parameters.server_name + "\n";
    if (parameters.alpn != AlpnPolicy::none)
        key += parameters.protocol;
    if (parameters.present_identity && parameters.credentials)
        for (const auto *chain :
             {&parameters.credentials->chain(), &parameters.credentials->preferred_chain()})
            if (!chain->empty())
                key += "\n" + chain->front().fingerprint;
    if (!parameters.ticket_scope.empty())
        key += "\n" + parameters.ticket_scope;
    return key;
}

void want_tickets(SessionState &state, std::shared_ptr<TicketStore> tickets, std::string key) {
    state.library_flags = 0;
    state.ticket = tickets->take(key);
    state.tickets = std::move(tickets);
    state.ticket_key = std::move(key);
}

void want_tickets(SessionState &state, std::shared_ptr<TicketKeys> keys) {
    state.library_flags = GNUTLS_NO_AUTO_SEND_TICKET;
    state.presented = false;
    state.ticket_keys = std::move(keys);
}

bool offer_ticket(SessionState &state) {
    if (!state.ticket)
        return false;
    const std::span<const std::byte> session = state.ticket->session.bytes();
    const bool offered =
        !recheck_server(*state.credentials, state.ticket->peer_chain, *state.server_name, state.pins) &&
        gnutls_session_set_data(state.handle.get(), session.data(), session.size()) >= 0;
    if (!offered)
        state.ticket.reset();
    else
        state.ticket->session = Secret(); // GnuTLS has it
    return offered;
}

void use_ticket_keys(SessionState &state) {
    TicketKeys::Impl &keys = state.ticket_keys->impl();
    const Secret secret = keys.key();
    const gnutls_datum_t key = borrow(secret.bytes());
    if (gnutls_session_ticket_enable_server(state.handle.get(), &key) < 0)
        throw std::bad_alloc();
    gnutls_db_set_cache_expiration(state.handle.get(), static_cast<int>(keys.limits.lifetime.count()));
}

bool has_ticket_to_give(const SessionState &state) {
    std::size_t size = 0;
    for (const CertificateInfo &each : state.facts.peer_chain)
        size += each.der.size();
    return state.ticket_keys && state.takes_tickets && size < longest_ticket;
}

std::optional<Secret> packed_session(const SessionState &state) {
    Datum session;
    if (gnutls_session_get_data2(state.handle.get(), session.out()) < 0)
        return std::nullopt;
    std::optional<Secret> packed(std::in_place, session.bytes());
    wipe(session.bytes());
    return packed;
}

void keep_ticket(SessionState &state, const TicketTerms &terms, Secret session) {
    Ticket ticket;
    ticket.key = state.ticket_key;
    ticket.session = std::move(session);
    ticket.peer_chain = state.facts.peer_chain;
    ticket.early_data = terms.early_data;
    ticket.certificate_requested = state.facts.certificate_requested;
    ticket.certificate_sent = state.facts.certificate_sent;
    state.tickets->put(std::move(ticket), terms.lifetime);
}

} // namespace rpctls::tls
