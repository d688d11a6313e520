// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/session_callbacks.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/credentials_impl.hpp"
#include "rpc/tls/server_choice.hpp"
#include "rpc/tls/session_resumption.hpp"
#include "rpc/tls/session_state.hpp"
#include "rpc/tls/x509.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

namespace rpctls::tls {

bool alpn_refused(SessionState &state) {
    if (state.alpn == AlpnPolicy::none)
        return false;
    gnutls_datum_t selected{};
    if (gnutls_alpn_get_selected_protocol(state.handle.get(), &selected) >= 0) {
        state.facts.alpn = std::string(reinterpret_cast<const char *>(selected.data), selected.size);
        if (*state.facts.alpn == state.protocol)
            return false;
        state.refusal = Refusal{diagnose_code(GNUTLS_E_NO_APPLICATION_PROTOCOL, state.situation())
                                    .with("seen", *state.facts.alpn),
                                GNUTLS_A_NO_APPLICATION_PROTOCOL};
        return true;
    }
    if (state.alpn == AlpnPolicy::compatible)
        return false;
    state.refusal =
        Refusal{Error{Stage::handshake, "alpn-missing", state.who + " names no application protocol (ALPN)"}
                    .with("expected", printable(state.protocol))
                    .advise("the kernels' usual agents do not send it: set alpn=compatible to accept that"),
                GNUTLS_A_NO_APPLICATION_PROTOCOL};
    return true;
}

namespace {

SessionState &state_of(gnutls_session_t session) {
    return *static_cast<SessionState *>(gnutls_session_get_ptr(session));
}

ssize_t transport_failed(SessionState &state, int number) {
    state.blocked = number == EAGAIN || number == EWOULDBLOCK;
    if (!state.blocked && number != EINTR)
        state.transport_errno = number;
    gnutls_transport_set_errno(state.handle.get(), number);
    return -1;
}

ssize_t too_long(SessionState &state) {
    state.refusal = Refusal{
        Error{Stage::handshake, "handshake-failed", "the TLS handshake of " + state.who + " does not end"}
            .with("limit", std::to_string(longest_handshake) + " octets"),
        GNUTLS_A_RECORD_OVERFLOW};
    return transport_failed(state, EPROTO);
}

ssize_t pull(gnutls_transport_ptr_t pointer, void *data, std::size_t size) {
    SessionState &state = *static_cast<SessionState *>(pointer);
    return guarded(state, [&]() -> ssize_t {
        const std::span room(static_cast<std::byte *>(data), size);
        const ssize_t count = state.transport->receive(room);
        if (count < 0)
            return transport_failed(state, errno);
        state.blocked = false;
        state.ended = count == 0 && size != 0;
        state.incoming.add(room.first(static_cast<std::size_t>(count)));
        if (!state.handshake_done && state.incoming.total() > longest_handshake)
            return too_long(state);
        // Caught here rather than by GnuTLS, which may take a clear RPC record for a long TLS one and wait
        // for it.
        return state.incoming.looks_like_tls() ? count : transport_failed(state, EPROTO);
    });
}

/// A whole flight in one send: fewer system calls, and the peer's TCP sees one segment.
ssize_t push(gnutls_transport_ptr_t pointer, const giovec_t *pieces, int count) {
    SessionState &state = *static_cast<SessionState *>(pointer);
    return guarded(state, [&]() -> ssize_t {
        std::span<const std::byte> octets;
        if (count == 1) {
            octets = {static_cast<const std::byte *>(pieces[0].iov_base), pieces[0].iov_len};
        } else {
            state.outgoing.clear();
            for (const giovec_t &piece : std::span(pieces, static_cast<std::size_t>(count))) {
                const auto *start = static_cast<const std::byte *>(piece.iov_base);
                state.outgoing.insert(state.outgoing.end(), start, start + piece.iov_len);
            }
            octets = state.outgoing;
        }
        const ssize_t sent = state.transport->send(octets);
        if (sent < 0)
            return transport_failed(state, errno);
        state.blocked = false;
        state.wrote = state.wrote || sent > 0;
        return sent;
    });
}

/// Waiting is the caller's business; what is there is found by trying.
int always_ready(gnutls_transport_ptr_t, unsigned) {
    return 1;
}

/// The preferred identity when the peer takes signatures with a key of its kind.
const OwnIdentity &identity_for(const SessionState &state) {
    const Credentials::Impl &all = state.credentials->impl();
    if (!all.preferred)
        return all.own;
    const int kind = gnutls_privkey_get_pk_algorithm(all.preferred->key.get(), nullptr);
    gnutls_sign_algorithm_t offered{};
    for (std::size_t i = 0; gnutls_sign_algorithm_get_requested(state.handle.get(), i, &offered) == 0; ++i)
        if (gnutls_sign_supports_pk_algorithm(offered, static_cast<gnutls_pk_algorithm_t>(kind)) != 0)
            return *all.preferred;
    return all.own;
}

int present_certificate(gnutls_session_t session, const gnutls_cert_retr_st *, gnutls_pcert_st **certificates,
                        unsigned *count, gnutls_ocsp_data_st **, unsigned *ocsp_count, gnutls_privkey_t *key,
                        unsigned *flags) {
    SessionState &state = state_of(session);
    return guarded(state, [&] {
        *certificates = nullptr;
        *count = *ocsp_count = *flags = 0;
        *key = nullptr;
        if (state.is_client) {
            state.facts.certificate_requested = true;
            if (!state.present_identity)
                return 0;
        } else if (alpn_refused(state)) { // the first moment at which a server knows the client's ALPN
            return -1;
        }
        // GnuTLS takes the list as its own to change and, without a flag that says so, does not change it.
        const OwnIdentity &own = identity_for(state);
        *certificates = const_cast<gnutls_pcert_st *>(own.presented.certificates().data());
        *count = static_cast<unsigned>(own.presented.certificates().size());
        *key = own.key.get();
        state.facts.certificate_sent = true;
        return 0;
    });
}

/// The peer's chain as handles and as values; a refusal when one of them cannot be read.
std::optional<Refusal> read_peer_chain(SessionState &state, PresentedCertificates &chain) {
    unsigned count = 0;
    const gnutls_datum_t *raw = state.presented || gnutls_session_is_resumed(state.handle.get()) != 0
                                    ? gnutls_certificate_get_peers(state.handle.get(), &count)
                                    : nullptr;
    for (unsigned i = 0; raw != nullptr && i < count; ++i) {
        auto certificate = import_certificate(view(raw[i]), state.who);
        auto info = certificate ? describe(certificate->get(), state.who)
                                : Result<CertificateInfo>(certificate.error());
        if (!info) {
            Error error = std::move(info).error();
            error.stage = Stage::verify;
            error.name = "certificate-invalid";
            return Refusal{std::move(error), GNUTLS_A_BAD_CERTIFICATE};
        }
        chain.handles.push_back(std::move(*certificate));
        chain.infos.push_back(std::move(*info));
    }
    return std::nullopt;
}

int verify_peer(gnutls_session_t session) {
    SessionState &state = state_of(session);
    return guarded(state, [&] {
        if (state.is_client && alpn_refused(state))
            return -1;
        PresentedCertificates chain;
        state.refusal = read_peer_chain(state, chain);
        // A client that proves nothing: whether that will do was settled by what was asked of it.
        if (!state.refusal && !chain.infos.empty() &&
            (state.is_client || state.client_certificate != ClientCertificate::ignored)) {
            state.refusal = refuse_peer(*state.credentials, chain, state.server_name, state.who,
                                        std::chrono::system_clock::now());
            if (!state.refusal && !state.pins.empty())
                state.refusal = refuse_unpinned(chain.infos.front(), state.pins, state.who);
            if (!state.refusal && state.clients) {
                state.facts.tags = state.clients->tags(chain.infos.front());
                if (state.facts.tags.empty())
                    state.refusal = refuse_client(chain.infos.front(), state.clients->size());
            }
            state.verified = !state.refusal;
        }
        state.facts.peer_chain = std::move(chain.infos);
        return state.refusal ? -1 : 0;
    });
}

/// What of a peer's extensions GnuTLS does not tell, or tells too late.
struct PeerExtensions {
    bool has_tls13 = false;
    bool early_data = false;
    std::optional<unsigned> record_size_limit;
    std::span<const unsigned char> server_name;
    bool takes_certificates = false;
    bool takes_tickets = false; ///< of sessions that are resumed with a fresh key exchange
};

/// The one host name in server_name (RFC 6066 section 3); absent unless it is printable ASCII. GnuTLS judges the rest.
std::optional<std::string> host_name(std::span<const unsigned char> list) {
    constexpr std::size_t header = 5, longest = 255;
    const std::size_t size = list.size() >= header ? std::size_t{list[3]} << 8 | list[4] : 0;
    if (size == 0 || size > longest || list[2] != 0 || list.size() < header + size)
        return std::nullopt;
    const auto name = list.subspan(header, size);
    if (!std::ranges::all_of(name, [](unsigned char c) { return c > ' ' && c <= '~'; }))
        return std::nullopt;
    return lower_case({reinterpret_cast<const char *>(name.data()), name.size()});
}

int look_at_extension(void *context, unsigned id, const unsigned char *data, unsigned size) {
    constexpr unsigned server_name = 0, signature_algorithms = 13, record_size_limit = 28,
                       supported_versions = 43, early_data = 42, psk_key_exchange_modes = 45;
    constexpr unsigned char psk_dhe_ke = 1;
    auto &found = *static_cast<PeerExtensions *>(context);
    found.early_data |= id == early_data;
    if (id == server_name)
        found.server_name = {data, size};
    found.takes_certificates |= id == signature_algorithms;
    if (id == supported_versions)
        for (unsigned i = 1; i + 1 < size; i += 2) // behind a length octet
            found.has_tls13 |= data[i] == 3 && data[i + 1] == 4;
    if (id == psk_key_exchange_modes)
        for (unsigned i = 1; i < size; ++i) // behind a length octet
            found.takes_tickets |= data[i] == psk_dhe_ke;
    if (id == record_size_limit && size == 2)
        found.record_size_limit = unsigned{data[0]} << 8 | data[1];
    return 0;
}

/// In TLS 1.3 the limit counts the octet of the content type, too (RFC 8449 section 4).
void take_limit(SessionState &state, const PeerExtensions &extensions) {
    if (extensions.record_size_limit && *extensions.record_size_limit > 0)
        state.largest_payload =
            std::min<std::size_t>(state.largest_payload, *extensions.record_size_limit - 1);
}

/// GnuTLS finds no cipher suite in common with an older client and says so; the truth is about the version.
int watch_client_hello(SessionState &state, const gnutls_datum_t &message) {
    PeerExtensions extensions;
    if (gnutls_ext_raw_parse(&extensions, look_at_extension, &message, GNUTLS_EXT_RAW_FLAG_TLS_CLIENT_HELLO) <
        0)
        return 0; // a malformed one is GnuTLS' business
    if (extensions.has_tls13) {
        take_limit(state, extensions);
        state.early_data_offered |= extensions.early_data;
        state.takes_tickets = extensions.takes_tickets;
        state.facts.requested_name = host_name(extensions.server_name);
        return choose_for_client(state, view(message), extensions.takes_certificates);
    }
    state.refusal = Refusal{diagnose_code(GNUTLS_E_UNSUPPORTED_VERSION_PACKET, state.situation()),
                            GNUTLS_A_PROTOCOL_VERSION};
    return GNUTLS_E_UNSUPPORTED_VERSION_PACKET;
}

void watch_encrypted_extensions(SessionState &state, const gnutls_datum_t &message) {
    PeerExtensions extensions;
    if (gnutls_ext_raw_parse(&extensions, look_at_extension, &message, 0) >= 0)
        take_limit(state, extensions);
}

/// Before GnuTLS takes it apart; what is none is left to it to tell.
void watch_ticket(SessionState &state, const gnutls_datum_t &message) {
    state.heard_terms = message.size <= longest_ticket ? read_ticket_terms(view(message)) : std::nullopt;
    if (state.heard_terms && state.heard_terms->lifetime == std::chrono::seconds::zero())
        state.heard_terms.reset();
}

/// Whether there is a certificate in a Certificate message (RFC 8446 4.4.2): behind a context, which is empty in a
/// handshake, and the length of the list.
bool has_certificate(const gnutls_datum_t &message) {
    return message.size > 4;
}

int watch_handshake(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                    const gnutls_datum_t *message) {
    SessionState &state = state_of(session);
    if (incoming == 0)
        return 0;
    if (type == GNUTLS_HANDSHAKE_SERVER_HELLO && when == GNUTLS_HOOK_POST)
        state.heard_hello = true;
    if (type == GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS && when == GNUTLS_HOOK_POST)
        watch_encrypted_extensions(state, *message);
    if (type == GNUTLS_HANDSHAKE_CERTIFICATE_PKT && when == GNUTLS_HOOK_PRE)
        state.presented |= has_certificate(*message);
    if (type == GNUTLS_HANDSHAKE_NEW_SESSION_TICKET && when == GNUTLS_HOOK_PRE && state.tickets)
        watch_ticket(state, *message);
    if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO && when == GNUTLS_HOOK_PRE)
        return guarded(state, [&] { return watch_client_hello(state, *message); });
    return 0;
}

} // namespace

void install_certificate_callback(gnutls_certificate_credentials_t credentials) {
    gnutls_certificate_set_retrieve_function3(credentials, present_certificate);
}

bool accept_resumed(SessionState &state) {
    // GnuTLS' client offers psk_ke beside psk_dhe_ke; what is recorded then opens with a ticket's key (RFC 8446 2.2).
    if (gnutls_group_get(state.handle.get()) == GNUTLS_GROUP_INVALID) {
        state.refusal = Refusal{
            Error{Stage::handshake, "handshake-failed", "the TLS handshake with " + state.who + " failed"}
                .with("reason", "the session was resumed without a fresh key exchange"),
            GNUTLS_A_HANDSHAKE_FAILURE};
        return false;
    }
    state.facts.resumed = true;
    // No certificate is asked for or shown again; the ticket stands for those of the session before.
    state.facts.certificate_requested = state.ticket && state.ticket->certificate_requested;
    state.facts.certificate_sent = !state.is_client || (state.ticket && state.ticket->certificate_sent);
    if ((!state.is_client && alpn_refused(state)) || verify_peer(state.handle.get()) < 0)
        return false;
    if (state.is_client || state.verified || state.client_certificate != ClientCertificate::required)
        return true;
    state.refusal = Refusal{diagnose_code(GNUTLS_E_CERTIFICATE_REQUIRED, state.situation()),
                            GNUTLS_A_CERTIFICATE_REQUIRED};
    return false;
}

void install_session_callbacks(SessionState &state) {
    gnutls_session_t session = state.handle.get();
    gnutls_session_set_ptr(session, &state);
    gnutls_transport_set_ptr(session, &state);
    gnutls_transport_set_pull_function(session, pull);
    gnutls_transport_set_vec_push_function(session, push);
    gnutls_transport_set_pull_timeout_function(session, always_ready);
    gnutls_session_set_verify_function(session, verify_peer);
    // Who needs to see several kinds of messages sees all: GnuTLS knows one kind or all.
    const bool sees_all = state.is_client || !state.presented;
    gnutls_handshake_set_hook_function(
        session, sees_all ? unsigned{GNUTLS_HANDSHAKE_ANY} : unsigned{GNUTLS_HANDSHAKE_CLIENT_HELLO},
        state.is_client ? GNUTLS_HOOK_BOTH : GNUTLS_HOOK_PRE, watch_handshake);
}

} // namespace rpctls::tls
