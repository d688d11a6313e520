// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/handshake.hpp"

#include "agent/outcome.hpp"
#include "agent/psk_handshake.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace rpctls::agent {

using WaitType = asio::posix::stream_descriptor::wait_type;

Handshake::Handshake(const Workplace &place, Work work, Finished finished)
    : place_(place), work_(std::move(work)), finished_(std::move(finished)), deadline_(place.context),
      patience_(place.context), readiness_(place.context), transport_(work_.request.socket.get()) {}

Handshake::~Handshake() {
    let_go_of_socket(); // the descriptor is the request's to close
}

void Handshake::start() {
    const auto at = work_.accepted + work_.plan.time;
    if (std::chrono::steady_clock::now() >= at)
        return finish(handshake_timed_out(work_.plan.time));
    deadline_.expires_at(at);
    deadline_.async_wait([self = shared_from_this()](const ErrorCode &cancelled) {
        if (!cancelled)
            self->finish(handshake_timed_out(self->work_.plan.time));
    });
    if (!std::holds_alternative<PskIdentity>(work_.plan.identity)) {
        auto own = credentials();
        if (!own)
            return finish(std::move(own).error());
        credentials_ = std::move(*own);
    }
    if (work_.prepare)
        if (auto prepared = work_.prepare(work_.request.socket.get()); !prepared)
            return finish(std::move(prepared).error());

    // Asio makes what it watches non-blocking, and that mode belongs to the kernel's socket: it is put back afterwards.
    const int fd = work_.request.socket.get();
    file_flags_ = ::fcntl(fd, F_GETFL);
    ErrorCode refused;
    readiness_.assign(fd, refused);
    if (refused)
        return finish(system_error(Stage::kernel, "socket-unusable", "cannot watch the handshake's socket",
                                   refused.value()));
    // Whoever is silent towards a program holds up that program, which has its own deadline; towards nfsd, all.
    if (work_.plan.role == Role::server && !work_.caller)
        return wait_for_first_octets();
    step_in_turn();
}

/// A server's peer speaks first. Until it does, it gets nothing but this wait.
void Handshake::wait_for_first_octets() {
    std::byte first{};
    if (::recv(work_.request.socket.get(), &first, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
        return step_in_turn(); // octets, or the end of the stream
    peer_is_silent_ = true;
    place_.silent_peers.enter();
    wait(WaitType::wait_read);
    lose_patience_after(patience_with(work_.request.socket.get()));
}

void Handshake::lose_patience_after(std::chrono::milliseconds time) {
    patience_.expires_after(time);
    patience_.async_wait([self = shared_from_this()](const ErrorCode &cancelled) {
        if (cancelled || !self->finished_ || !self->peer_is_silent_)
            return;
        if (!self->place_.silent_peers.in_the_way(self->work_.peer_group))
            return self->lose_patience_after(SilentPeers::second_look);
        self->finish(peer_silent(std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - self->work_.accepted)));
    });
}

void Handshake::peer_has_spoken() {
    if (!std::exchange(peer_is_silent_, false))
        return;
    place_.silent_peers.leave();
    patience_.cancel();
}

void Handshake::step_in_turn() {
    place_.in_turn(work_.peer_group, [self = shared_from_this()] {
        if (self->finished_)
            self->step();
    });
}

void Handshake::abort(Error reason) {
    finish(std::move(reason));
}

CredentialsResult Handshake::credentials() {
    const Snapshot &snapshot = *work_.snapshot;
    const bool client = work_.plan.role == Role::client;
    if (const auto *named = std::get_if<KeyIdentity>(&work_.plan.identity)) {
        auto keys = snapshot.keys().identity(work_.request, named->serials);
        return keys ? snapshot.from_keys(work_.plan.role, std::move(*keys))
                    : CredentialsResult(std::move(keys).error());
    }
    if (const auto *named = std::get_if<NamedIdentity>(&work_.plan.identity))
        return snapshot.named(work_.plan.role, named->name);
    if (std::holds_alternative<NoIdentity>(work_.plan.identity))
        return snapshot.anonymous_client();
    return client ? snapshot.client() : snapshot.server();
}

Status Handshake::make_session() {
    if (std::holds_alternative<PskIdentity>(work_.plan.identity)) {
        psk_ = std::make_shared<keys::Serial>(0);
        auto session = make_psk_session(work_.request, work_.plan, work_.snapshot, transport_, psk_);
        if (!session)
            return std::move(session).error();
        session_.emplace(std::move(*session));
        return {};
    }
    const tls::Settings &settings = work_.snapshot->settings();
    auto session = [&] {
        if (work_.plan.role == Role::client) {
            tls::ClientParameters parameters;
            parameters.credentials = std::move(credentials_);
            parameters.server_name = work_.plan.server_name;
            parameters.present_identity = !std::holds_alternative<NoIdentity>(work_.plan.identity);
            parameters.pins = settings.server_pins.of(work_.plan.server_name);
            parameters.alpn = work_.plan.alpn.value_or(settings.client.alpn);
            parameters.protocol = work_.plan.protocol;
            return tls::Session::client(std::move(parameters), transport_);
        }
        tls::ServerParameters parameters;
        parameters.credentials = std::move(credentials_);
        parameters.alpn = work_.plan.alpn.value_or(settings.server.alpn);
        parameters.clients = settings.clients;
        parameters.protocol = work_.plan.protocol;
        if (work_.plan.require_client_certificate)
            parameters.client_certificate = tls::ClientCertificate::required;
        return tls::Session::server(std::move(parameters), transport_);
    }();
    if (!session)
        return std::move(session).error();
    session_.emplace(std::move(*session));
    return {};
}

void Handshake::step() {
    if (!session_)
        if (auto made = make_session(); !made)
            return finish(std::move(made).error());
    auto progress = session_->handshake();
    if (!progress)
        return finish(std::move(progress).error());
    switch (*progress) {
    case tls::Session::Progress::want_read:
        return wait(WaitType::wait_read);
    case tls::Session::Progress::want_write:
        return wait(WaitType::wait_write);
    case tls::Session::Progress::done:
        return complete();
    }
}

void Handshake::wait(WaitType what) {
    readiness_.async_wait(what, [self = shared_from_this()](const ErrorCode &failed) {
        if (!self->finished_ || failed == asio::error::operation_aborted)
            return;
        self->peer_has_spoken();
        self->step_in_turn();
    });
}

void Handshake::complete() {
    let_go_of_socket();
    // From the first setsockopt on there is no way back: a failure here leaves a socket good for closing only.
    auto primed = place_.prime(work_.request.socket.get(), *session_);
    if (!primed)
        return finish(primed.error().system_errno == ENOTCONN ? parting_word(std::move(primed).error())
                                                              : std::move(primed).error());
    finish({});
}

/// The peer was gone when we believed to be done: a server's verdict on our certificate comes only after that.
Error Handshake::parting_word(Error otherwise) {
    std::array<std::byte, 256> room;
    const auto received = session_->receive(room);
    return received ? std::move(otherwise) : received.error();
}

void Handshake::let_go_of_socket() {
    if (!readiness_.is_open())
        return;
    readiness_.release();
    if (file_flags_ >= 0 && (file_flags_ & O_NONBLOCK) == 0)
        (void)::fcntl(work_.request.socket.get(), F_SETFL, file_flags_);
}

void Handshake::finish(std::optional<Error> failure) {
    if (!finished_)
        return;
    const auto finished = std::exchange(finished_, nullptr);
    peer_has_spoken();
    let_go_of_socket();
    deadline_.cancel();

    Report report;
    report.role = work_.plan.role;
    report.peer_name = work_.request.peer_name;
    report.peer_address = work_.peer_address;
    report.identity = to_string(work_.plan.identity);
    report.asked = work_.request.auth_mode;
    if (session_)
        report.facts = session_->facts();
    report.caller = work_.caller;
    report.begun = session_.has_value();
    if (work_.caller && session_ && !failure)
        if (auto binding = session_->channel_binding())
            report.channel_binding = std::move(*binding);
    if (!failure && psk_)
        report.peer_key = *psk_;
    report.failure = std::move(failure);
    report.duration = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                            work_.accepted);
    finished(std::move(work_.request), std::move(report));
}

} // namespace rpctls::agent
