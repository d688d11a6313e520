// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/session_state.hpp"

/// Resumption by tickets (RFC 8446 2.2), the same for a session over a transport and for an engine without one.
namespace rpctls::tls {

/// Whom a client's session is with, as whom, and for what: tickets are for the like of it only.
std::string ticket_key_of(const ClientParameters &parameters);

/// Before the state's GnuTLS session is opened: a client that keeps tickets, and has one to offer if the store has it; a
/// server that gives them.
void want_tickets(SessionState &state, std::shared_ptr<TicketStore> tickets, std::string key);
void want_tickets(SessionState &state, std::shared_ptr<TicketKeys> keys);

/// For a client's session that is open: offers the ticket that was found, unless its server would not be believed today.
/// Whether it did.
bool offer_ticket(SessionState &state);

/// For a server's session with certificates, before GnuTLS reads the client's hello: makes it take and give tickets.
void use_ticket_keys(SessionState &state);

/// Whether a server has a ticket to give: to a client that can use it, and whose chain, which is in it, is not too long.
bool has_ticket_to_give(const SessionState &state);

/// GnuTLS' own form of a client's session; absent when it has none to give.
std::optional<Secret> packed_session(const SessionState &state);
/// Puts it into the client's store.
void keep_ticket(SessionState &state, const TicketTerms &terms, Secret session);

} // namespace rpctls::tls
