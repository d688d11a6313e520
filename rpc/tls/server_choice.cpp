// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/server_choice.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/psk_set.hpp"
#include "rpc/tls/session_resumption.hpp"
#include "rpc/tls/session_setup.hpp"
#include "rpc/tls/session_state.hpp"

#include <new>

namespace rpctls::tls {

namespace {

int refuse(SessionState &state, Error error, gnutls_alert_description_t alert) {
    state.refusal = Refusal{std::move(error), alert};
    return GNUTLS_E_UNWANTED_ALGORITHM;
}

int select(SessionState &state) {
    auto choice = state.select(state.facts.requested_name);
    if (!choice)
        return refuse(state, std::move(choice).error(), GNUTLS_A_UNRECOGNIZED_NAME);
    state.client_certificate = choice->client_certificate;
    state.psks = std::move(choice->psks);
    state.ticket_keys = std::move(choice->ticket_keys);
    state.credentials = std::move(choice->credentials);
    if (state.credentials && state.credentials->has_identity())
        use_certificates(state);
    return 0;
}

FindPsk finder(std::shared_ptr<const PskSet> keys) {
    return [keys = std::move(keys)](std::string_view identity) -> Result<PresharedKey> {
        if (const PresharedKey *found = keys->find(identity))
            return duplicate(*found);
        return Error{Stage::handshake, "psk-identity-unknown",
                     "the client offers a pre-shared key that is not one of this server's"}
            .with("identity", printable(identity))
            .advise("give both ends the same key under the same identity");
    };
}

/// From here on there is no way to certificates: a key that is known and does not fit fails the handshake.
int go_on_with_key(SessionState &state, std::span<const std::byte> client_hello) {
    const auto &priority = state.psks->policy()->impl().any;
    if (!priority)
        return refuse(state, priority.error(), GNUTLS_A_INTERNAL_ERROR);
    state.psk_policy = state.psks->policy();
    state.ticket_keys.reset(); // a key from outside is there for the next session, too
    state.psk.emplace().find = finder(state.psks);
    if (gnutls_priority_set(state.handle.get(), priority->get()) < 0)
        throw std::bad_alloc();
    return choose_server_psk(state, client_hello);
}

} // namespace

int choose_for_client(SessionState &state, std::span<const std::byte> client_hello, bool takes_certificates) {
    if (state.psk)
        return choose_server_psk(state, client_hello);
    if (std::exchange(state.chosen, true)) // its second hello, after HelloRetryRequest
        return 0;
    if (state.select)
        if (const int code = select(state); code < 0)
            return code;
    const bool has_certificate = state.credentials && state.credentials->has_identity();
    if (state.psks) {
        const auto identity = offered_psk(client_hello);
        if ((identity && state.psks->find(*identity) != nullptr) || !has_certificate || !takes_certificates)
            return go_on_with_key(state, client_hello);
    }
    // RFC 8446 4.2.11: a key that nobody knows is passed over where certificates are a way.
    if (!has_certificate)
        return refuse(state, Error{Stage::input, "identity-missing", "this server has nothing to prove"},
                      GNUTLS_A_INTERNAL_ERROR);
    if (state.ticket_keys)
        use_ticket_keys(state);
    return 0;
}

} // namespace rpctls::tls
