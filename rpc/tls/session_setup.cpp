// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/session_setup.hpp"

#include "rpc/tls/credentials_impl.hpp"
#include "rpc/tls/priority.hpp"
#include "rpc/tls/session_callbacks.hpp"
#include "rpc/tls/session_resumption.hpp"

#include <new>

namespace rpctls::tls {

namespace {

void check(int code) {
    // What remains after valid parameters is lack of memory.
    if (code < 0)
        throw std::bad_alloc();
}

Error without(std::string_view what) {
    return Error{Stage::input, "identity-missing", std::string(what)}.advise(
        "set x509.certificate and x509.private_key, or give a named identity");
}

void open(SessionState &state, unsigned flags, gnutls_priority_t priority) {
    state.handle = make<SessionHandle>(gnutls_init, flags | GNUTLS_NONBLOCK | state.library_flags);
    if (!state.handle)
        throw std::bad_alloc();
    check(gnutls_priority_set(state.handle.get(), priority));
    gnutls_handshake_set_max_packet_length(state.handle.get(), largest_handshake_message);
    if (state.alpn != AlpnPolicy::none) {
        const gnutls_datum_t name = borrow(std::as_bytes(std::span(state.protocol)));
        // Makes a server refuse an offer without it; the rest is checked by hand.
        check(gnutls_alpn_set_protocols(state.handle.get(), &name, 1, GNUTLS_ALPN_MANDATORY));
    }
    install_session_callbacks(state);
}

void open_client_with_certificates(SessionState &state) {
    const Credentials::Impl &own = state.credentials->impl();
    open(state, GNUTLS_CLIENT, own.priority->get());
    check(gnutls_credentials_set(state.handle.get(), GNUTLS_CRD_CERTIFICATE, own.handle.get()));
}

void request_name(const SessionState &state, const std::string &name) {
    if (!name.empty())
        check(gnutls_server_name_set(state.handle.get(), GNUTLS_NAME_DNS, name.data(), name.size()));
}

/// Whatever else a peer or a later GnuTLS thinks of, a session meant for a key has one.
bool lacks_psk(const SessionState &state) {
    return state.psk && (!state.psk->key || gnutls_auth_get_type(state.handle.get()) != GNUTLS_CRD_PSK);
}

} // namespace

Status set_up_client(SessionState &state, ClientParameters parameters) {
    auto name = PeerName::parse(parameters.server_name);
    if (!name)
        return std::move(name).error();
    if (!parameters.credentials || (parameters.present_identity && !parameters.credentials->has_identity()))
        return without("no certificate to prove this client's identity with");
    if (parameters.tickets)
        want_tickets(state, parameters.tickets, ticket_key_of(parameters));
    state.credentials = std::move(parameters.credentials);
    state.is_client = true;
    state.who = name->text();
    state.server_name = std::move(*name);
    state.present_identity = parameters.present_identity;
    state.pins = std::move(parameters.pins);
    state.alpn = parameters.alpn;
    state.protocol = std::move(parameters.protocol);
    open_client_with_certificates(state);
    request_name(state, state.server_name->sni());
    (void)offer_ticket(state);
    return {};
}

Status set_up_server(SessionState &state, ServerParameters parameters) {
    const bool has_certificate = parameters.credentials && parameters.credentials->has_identity();
    if (!has_certificate && !parameters.psks && !parameters.select)
        return without("a server needs a certificate");
    if (parameters.ticket_keys)
        want_tickets(state, std::move(parameters.ticket_keys));
    state.credentials = std::move(parameters.credentials);
    state.psks = std::move(parameters.psks);
    state.select = std::move(parameters.select);
    state.who = "the client";
    state.present_identity = true;
    state.client_certificate = parameters.client_certificate;
    state.clients = std::move(parameters.clients);
    state.alpn = parameters.alpn;
    state.protocol = std::move(parameters.protocol);
    if (has_certificate) {
        open(state, GNUTLS_SERVER, state.credentials->impl().priority->get());
        use_certificates(state);
        return {};
    }
    // What the client's hello leads to takes the place of this before GnuTLS reads the hello.
    const auto usual = make_priority();
    if (!usual)
        return usual.error();
    open(state, GNUTLS_SERVER, usual->get());
    return {};
}

void use_certificates(SessionState &state) {
    const Credentials::Impl &own = state.credentials->impl();
    check(gnutls_priority_set(state.handle.get(), own.priority->get()));
    check(gnutls_credentials_set(state.handle.get(), GNUTLS_CRD_CERTIFICATE, own.handle.get()));
    // RFC 9289 4.2: each handshake asks, even where nobody insists.
    const bool insist = state.client_certificate == ClientCertificate::required;
    gnutls_certificate_server_set_request(state.handle.get(),
                                          insist ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST);
}

Status set_up_psk_client(SessionState &state, PskClientParameters parameters) {
    const auto &policies = parameters.policy->impl();
    const auto &priority = parameters.key.hash == PskHash::sha256 ? policies.sha256 : policies.sha384;
    if (!priority)
        return priority.error();
    state.psk_policy = std::move(parameters.policy);
    state.is_client = true;
    state.who = parameters.server_name.empty() ? "the server" : std::move(parameters.server_name);
    state.alpn = parameters.alpn;
    state.protocol = std::move(parameters.protocol);
    state.facts.psk_identity = parameters.key.identity;
    state.psk.emplace().key = std::move(parameters.key);
    open(state, GNUTLS_CLIENT, priority->get());
    request_name(state, parameters.requested_name);
    return set_client_psk(state);
}

Status set_up_psk_server(SessionState &state, PskServerParameters parameters) {
    const auto &priority = parameters.policy->impl().any;
    if (!priority)
        return priority.error();
    state.psk_policy = std::move(parameters.policy);
    state.who = "the client";
    state.alpn = AlpnPolicy::none;
    state.psk.emplace().find = std::move(parameters.find);
    open(state, GNUTLS_SERVER, priority->get());
    return {};
}

bool finish_handshake(SessionState &state) {
    state.fill_in_facts();
    state.facts.peer_authenticated = state.verified || state.psk;
    if (state.psk && alpn_refused(state)) // without certificates there was no earlier moment for it
        return false;
    if (lacks_psk(state)) {
        state.refusal = Refusal{Error{Stage::handshake, "psk-missing", "the session is not bound to the key"},
                                GNUTLS_A_HANDSHAKE_FAILURE};
        return false;
    }
    if (state.facts.cipher.empty() || state.facts.version.empty()) {
        // Cannot be: nothing else was offered. If it is, the priority string has a hole.
        state.refusal =
            Refusal{Error{Stage::handshake, "no-common-cipher", "unexpected TLS version or cipher"},
                    GNUTLS_A_INTERNAL_ERROR};
        return false;
    }
    state.handshake_done = true;
    return true;
}

Result<std::vector<std::byte>> channel_binding(const SessionState &state) {
    constexpr std::string_view label = "EXPORTER-Channel-Binding"; // RFC 9266 4.2: no context, 32 octets
    std::vector<std::byte> binding(32);
    const int code = state.handshake_done
                         ? gnutls_prf_rfc5705(state.handle.get(), label.size(), label.data(), 0, nullptr,
                                              binding.size(), reinterpret_cast<char *>(binding.data()))
                         : GNUTLS_E_INVALID_REQUEST;
    if (code < 0)
        return Error{Stage::handshake, "handshake-failed", "this TLS session has no channel binding"}.with(
            "reason", state.handshake_done ? gnutls_strerror(code) : "its handshake is not done");
    return binding;
}

} // namespace rpctls::tls
