// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/session.hpp"

#include "rpc/tls/session_callbacks.hpp"
#include "rpc/tls/session_resumption.hpp"
#include "rpc/tls/session_setup.hpp"
#include "rpc/tls/session_state.hpp"

#include <algorithm>

namespace rpctls::tls {

namespace {

/// Records without data for the caller (KeyUpdate, warnings) that one call puts up with: a peer must not keep
/// us busy.
constexpr unsigned most_fruitless_records = 64;

/// The largest plaintext of one record (RFC 8446 5.1).
constexpr std::size_t largest_record = 16384;

bool is_again(long code) {
    return code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED;
}

/// The alerts that TLS 1.3 lets pass, and the one that older servers send for an SNI they do not know.
bool is_mere_warning(gnutls_session_t session, long code) {
    if (code != GNUTLS_E_WARNING_ALERT_RECEIVED)
        return false;
    const auto alert = gnutls_alert_get(session);
    return alert == GNUTLS_A_USER_CANCELED || alert == GNUTLS_A_UNRECOGNIZED_NAME;
}

} // namespace

struct Session::Impl : SessionState {
    explicit Impl(Transport &through) { transport = &through; }

    bool ticket_is_due = false; ///< a server's, before the session is its user's

    Result<Progress> finish() {
        const bool resumed = gnutls_session_is_resumed(handle.get()) != 0;
        const bool sound = (!resumed || accept_resumed(*this)) && finish_handshake(*this);
        rethrow();
        if (!sound)
            return fail(GNUTLS_E_INTERNAL_ERROR);
        ticket_is_due = has_ticket_to_give(*this);
        return send_ticket();
    }

    Result<Progress> send_ticket() {
        while (ticket_is_due) {
            blocked = false;
            const int code = gnutls_session_ticket_send(handle.get(), 1, 0);
            rethrow();
            if (is_again(code) && blocked)
                return Progress::want_write;
            if (code < 0 && !is_again(code))
                return fail(code);
            ticket_is_due = code < 0;
        }
        return Progress::done;
    }

    void keep_heard_ticket() {
        if (!heard_terms)
            return;
        if (auto session = packed_session(*this))
            keep_ticket(*this, *heard_terms, std::move(*session));
        heard_terms.reset();
    }

    /// What a broken connection left unread may say why: a server's late verdict on the client's certificate.
    Error fail_after_reading(int code) {
        const int number = transport_errno;
        received.resize(largest_record);
        const ssize_t count =
            heard_data ? -1 : gnutls_record_recv(handle.get(), received.data(), received.size());
        received.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        if (count == GNUTLS_E_FATAL_ALERT_RECEIVED) {
            transport_errno = 0;
            return fail(GNUTLS_E_FATAL_ALERT_RECEIVED);
        }
        transport_errno = number;
        heard_data = heard_data || count > 0;
        return fail(code);
    }
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session &&) noexcept = default;
Session &Session::operator=(Session &&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::client(ClientParameters parameters, Transport &transport) {
    auto impl = std::make_unique<Impl>(transport);
    if (auto set = set_up_client(*impl, std::move(parameters)); !set)
        return std::move(set).error();
    return Session(std::move(impl));
}

Result<Session> Session::server(ServerParameters parameters, Transport &transport) {
    auto impl = std::make_unique<Impl>(transport);
    if (auto set = set_up_server(*impl, std::move(parameters)); !set)
        return std::move(set).error();
    return Session(std::move(impl));
}

Result<Session> Session::psk_client(PskClientParameters parameters, Transport &transport) {
    auto impl = std::make_unique<Impl>(transport);
    if (auto set = set_up_psk_client(*impl, std::move(parameters)); !set)
        return std::move(set).error();
    return Session(std::move(impl));
}

Result<Session> Session::psk_server(PskServerParameters parameters, Transport &transport) {
    auto impl = std::make_unique<Impl>(transport);
    if (auto set = set_up_psk_server(*impl, std::move(parameters)); !set)
        return std::move(set).error();
    return Session(std::move(impl));
}

Result<Session::Progress> Session::handshake() {
    if (impl_->failure)
        return *impl_->failure;
    if (impl_->handshake_done)
        return impl_->send_ticket();
    gnutls_session_t session = impl_->handle.get();
    for (unsigned fruitless = 0;; ++fruitless) {
        impl_->blocked = impl_->wrote = false;
        const int code = gnutls_handshake(session);
        impl_->rethrow();
        if (impl_->wrote)
            fruitless = 0; // GnuTLS comes back after each part of a flight that the transport took
        if (code == GNUTLS_E_SUCCESS)
            return impl_->finish();
        if (is_again(code) && impl_->blocked)
            return gnutls_record_get_direction(session) == 0 ? Progress::want_read : Progress::want_write;
        if ((!is_again(code) && !is_mere_warning(session, code)) || fruitless == most_fruitless_records)
            return impl_->fail(code);
    }
}

Result<std::optional<std::size_t>> Session::receive(std::span<std::byte> room) {
    using Count = std::optional<std::size_t>;
    if (!impl_->received.empty()) {
        const std::size_t count = std::min(room.size(), impl_->received.size());
        const auto end = impl_->received.begin() + static_cast<std::ptrdiff_t>(count);
        std::copy(impl_->received.begin(), end, room.begin());
        impl_->received.erase(impl_->received.begin(), end);
        return Count(count);
    }
    if (impl_->failure)
        return *impl_->failure;
    if (room.empty())
        return Count();
    gnutls_session_t session = impl_->handle.get();
    for (unsigned fruitless = 0;; ++fruitless) {
        impl_->blocked = false;
        const ssize_t count = gnutls_record_recv(session, room.data(), room.size());
        impl_->rethrow();
        if (count >= 0 || is_again(count))
            impl_->keep_heard_ticket();
        if (count >= 0) {
            impl_->heard_data = impl_->heard_data || count > 0;
            return Count(static_cast<std::size_t>(count));
        }
        if (is_again(count) && impl_->blocked)
            return Count();
        if ((!is_again(count) && !is_mere_warning(session, count)) || fruitless == most_fruitless_records)
            return impl_->fail(static_cast<int>(count));
    }
}

Result<std::optional<std::size_t>> Session::send(std::span<const std::byte> octets) {
    using Count = std::optional<std::size_t>;
    if (impl_->failure)
        return *impl_->failure;
    if (octets.empty() && !impl_->record_unsent)
        return Count(0);
    for (;;) {
        impl_->blocked = false;
        if (impl_->due_update && !impl_->record_unsent) {
            const int code =
                gnutls_session_key_update(impl_->handle.get(), *impl_->due_update ? GNUTLS_KU_PEER : 0);
            impl_->rethrow();
            if (code < 0 && !is_again(code))
                return impl_->fail_after_reading(code);
            if (code < 0 && impl_->blocked)
                return Count();
            if (code < 0)
                continue;
            impl_->due_update.reset();
            impl_->sealed = 0;
        }
        // A record once sealed cannot be sealed again with other octets: it is sent on, whatever is given
        // now.
        const ssize_t count = impl_->record_unsent
                                  ? gnutls_record_send(impl_->handle.get(), nullptr, 0)
                                  : gnutls_record_send(impl_->handle.get(), octets.data(),
                                                       std::min(octets.size(), largest_record));
        impl_->rethrow();
        if (!impl_->record_unsent && ++impl_->sealed >= impl_->most_sealed && !impl_->due_update)
            impl_->due_update = false;
        impl_->record_unsent = is_again(count);
        if (count >= 0)
            return Count(static_cast<std::size_t>(count));
        if (!is_again(count))
            return impl_->fail_after_reading(static_cast<int>(count));
        if (impl_->blocked)
            return Count();
    }
}

void Session::update_keys(bool peer_too) {
    impl_->due_update = peer_too || impl_->due_update.value_or(false);
}

void Session::limit_records_of_a_key(std::uint64_t records) {
    impl_->most_sealed = records;
}

Status Session::hear_ticket(std::span<const std::byte> message) {
    if (!impl_->tickets)
        return {};
    gnutls_session_t session = impl_->handle.get();
    // GnuTLS takes messages from elsewhere only where it gives its own elsewhere. It has none left to give.
    gnutls_handshake_set_read_function(session, [](gnutls_session_t, gnutls_record_encryption_level_t,
                                                   gnutls_handshake_description_t, const void *,
                                                   std::size_t) { return 0; });
    const int code =
        gnutls_handshake_write(session, GNUTLS_ENCRYPTION_LEVEL_APPLICATION, message.data(), message.size());
    impl_->rethrow();
    if (code < 0)
        return Error{Stage::rpc, "session-failed", "the TLS session with " + impl_->who + " failed"}.with(
            "reason", "a NewSessionTicket that is none");
    impl_->keep_heard_ticket();
    return {};
}

std::size_t Session::pending() const {
    return gnutls_record_check_pending(impl_->handle.get()) + impl_->received.size();
}

void Session::close() {
    if (impl_->handshake_done && !impl_->failure)
        (void)gnutls_bye(impl_->handle.get(), GNUTLS_SHUT_WR);
}

const SessionFacts &Session::facts() const {
    return impl_->facts;
}

Result<std::vector<std::byte>> Session::channel_binding() const {
    return tls::channel_binding(*impl_);
}

Status Session::ready_for_kernel() const {
    const auto refuse = [](std::string why) -> Error {
        return Error{Stage::kernel, "ktls-failed", "this TLS session cannot be handed to the kernel"}.with(
            "reason", std::move(why));
    };
    if (!impl_->handshake_done || impl_->failure)
        return refuse("its handshake is not done");
    if (pending() > 0 || impl_->record_unsent || !impl_->incoming.between_records())
        return refuse("it has data in flight already");
    return {};
}

Situation Session::situation() const {
    return impl_->situation();
}

std::size_t Session::largest_payload() const {
    return impl_->largest_payload;
}

Result<TrafficKeys> Session::traffic_keys(Direction direction) const {
    if (!impl_->handshake_done)
        return Error{Stage::handshake, "handshake-failed",
                     "a session has no keys before its handshake is done"};
    TrafficKeys keys;
    switch (gnutls_cipher_get(impl_->handle.get())) {
    case GNUTLS_CIPHER_AES_128_GCM:
        keys.cipher = KtlsCipher::aes_128_gcm;
        break;
    case GNUTLS_CIPHER_AES_256_GCM:
        keys.cipher = KtlsCipher::aes_256_gcm;
        break;
    default: // finish() let no fourth one pass
        keys.cipher = KtlsCipher::chacha20_poly1305;
        break;
    }
    gnutls_datum_t key{};
    gnutls_datum_t iv{};
    const int code =
        gnutls_record_get_state(impl_->handle.get(), direction == Direction::receive ? 1 : 0, nullptr, &iv,
                                &key, reinterpret_cast<unsigned char *>(keys.sequence.data()));
    if (code < 0 || iv.size != keys.iv.size())
        return Error{Stage::kernel, "ktls-failed", "cannot get the keys of the TLS session"}.with(
            "reason", code < 0 ? gnutls_strerror(code) : "IV of unexpected length");
    keys.key = Secret(view(key));
    std::ranges::copy(view(iv), keys.iv.begin());
    return keys;
}

} // namespace rpctls::tls
