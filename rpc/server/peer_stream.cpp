// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/peer_stream.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/recheck.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace rpctls::server {

namespace {

constexpr std::size_t most_discarded = 1 << 20;
/// Pieces of one system call in clear.
constexpr std::size_t most_pieces = 64;

std::string_view mode_of(const tls::SessionFacts &facts) {
    if (facts.psk_identity)
        return "psk";
    return facts.peer_authenticated ? "mtls" : "tls";
}

std::string name_text(const tls::SessionFacts &facts) {
    return facts.requested_name ? " name=" + printable(*facts.requested_name) : "";
}

std::string identity_text(const tls::SessionFacts &facts) {
    if (facts.psk_identity)
        return " psk=\"" + printable(*facts.psk_identity) + "\"";
    if (!facts.peer_authenticated || facts.peer_chain.empty())
        return "";
    const auto &leaf = facts.peer_chain.front();
    return " subject=\"" + printable(leaf.subject) + "\" issuer=\"" + printable(leaf.issuer) +
           "\" serial=" + printable(leaf.serial);
}

} // namespace

PeerStream::~PeerStream() {
    const int number = fd();
    if (number < 0)
        return;
    if (channel_)
        channel_->close();
    // A close(2) with something unread becomes a RST, and a RST may overtake the last answer.
    (void)::shutdown(number, SHUT_WR);
    std::array<std::byte, 4096> room;
    for (std::size_t total = 0; total < most_discarded; total += room.size())
        if (::recv(number, room.data(), room.size(), MSG_DONTWAIT) <= 0)
            break;
}

Result<std::optional<std::size_t>> PeerStream::receive(std::span<std::byte> room) {
    if (channel_)
        return channel_->receive(room);
    const ssize_t received = ::recv(fd(), room.data(), room.size(), MSG_DONTWAIT);
    if (received < 0 && (errno == EAGAIN || errno == EINTR))
        return std::optional<std::size_t>();
    return std::optional(received > 0 ? static_cast<std::size_t>(received) : 0);
}

Result<PeerStream::Heard> PeerStream::feed(Reception &reception, std::span<std::byte> room) {
    const auto received = receive(room);
    if (!received)
        return received.error();
    if (!*received)
        return Heard::nothing;
    if (**received == 0)
        return Heard::end;
    reception.feed(room.first(**received));
    return Heard::octets;
}

Result<ssize_t> PeerStream::send_in_clear(const Batch &batch) {
    if (batch.file)
        return file_.send(fd(), *batch.file);
    std::array<iovec, most_pieces> vectors;
    const auto pieces = batch.octets.first(std::min(batch.octets.size(), most_pieces));
    std::transform(pieces.begin(), pieces.end(), vectors.begin(), [](std::span<const std::byte> piece) {
        return iovec{const_cast<std::byte *>(piece.data()), piece.size()};
    });
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = pieces.size();
    return ::sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL | (batch.more ? MSG_MORE : 0));
}

Result<std::optional<std::size_t>> PeerStream::send(const Batch &batch) {
    if (channel_)
        return batch.file ? channel_->send(*batch.file) : channel_->send(batch.octets, batch.more);
    const auto sent = send_in_clear(batch);
    if (!sent)
        return sent.error();
    if (*sent >= 0)
        return std::optional(static_cast<std::size_t>(*sent));
    if (errno == EAGAIN || errno == EINTR)
        return std::optional<std::size_t>();
    return system_error(Stage::rpc, "connection-broken", "the client's connection broke", errno);
}

void PeerStream::note_stray_octets(Reception &reception) {
    std::array<std::byte, 4096> room;
    const ssize_t count = ::recv(fd(), room.data(), room.size(), MSG_DONTWAIT);
    if (count > 0)
        reception.feed(std::span(room).first(static_cast<std::size_t>(count)));
}

// ---- Between the token and the session ----

Status PeerStream::begin_handshake(const ServerContext &context) {
    const SvcSettings &settings = context.settings();
    tls::ServerParameters parameters;
    snapshot_ = context.snapshot();
    parameters.alpn = settings.alpn;
    parameters.ticket_keys = snapshot_->own.ticket_keys;
    parameters.select = [this, &settings](const std::optional<std::string> &name) {
        return choose(settings, name);
    };
    auto session = tls::Session::server(std::move(parameters), *socket_);
    if (!session)
        return std::move(session).error();
    handshake_ = std::move(*session);
    return {};
}

Result<tls::ServerChoice> PeerStream::choose(const SvcSettings &settings,
                                             const std::optional<std::string> &name) {
    if (settings.select) {
        auto label = settings.select(*snapshot_, name);
        if (!label)
            return std::move(label).error();
        label_ = std::move(*label);
    }
    const SvcMaterial *material = snapshot_->find(label_);
    if (material == nullptr || !material->can_offer())
        return Error{Stage::handshake, "server-name-unknown",
                     "this server has no identity under the name that the client asks for"}
            .with("name", name ? printable(*name) : "none")
            .with("choice", label_ ? printable(*label_) : "none");
    const bool insists = settings.policy == TlsPolicy::mutual || material->insists;
    return tls::ServerChoice{material->credentials, material->psks,
                             insists ? tls::ClientCertificate::required
                                     : tls::ClientCertificate::verified_if_given,
                             material->ticket_keys};
}

Result<PeerStream::Progress> PeerStream::shake_hands(const ServerContext &context) {
    if (!handshake_)
        if (auto begun = begin_handshake(context); !begun)
            return std::move(begun).error();
    auto progress = handshake_->handshake();
    if (progress && *progress == Progress::done)
        if (auto finished = finish_handshake(context); !finished)
            return std::move(finished).error();
    return progress;
}

Status PeerStream::finish_handshake(const ServerContext &context) {
    auto session = std::move(*handshake_);
    handshake_.reset();
    auto channel = tls::Channel::adopt(std::move(socket_), std::move(session), context.settings().ktls);
    if (!channel)
        return std::move(channel).error();
    channel_ = std::move(*channel);
    facts_ =
        face::make_session(channel_->facts(), channel_->channel_binding(), channel_->protected_by_kernel());
    // A reload in the middle of it looks at sessions that are there already.
    if (const auto now = context.snapshot(); now != snapshot_)
        if (auto fault = objection(*now))
            return std::move(*fault);
    return {};
}

std::optional<Error> PeerStream::objection(const SvcSnapshot &now) const {
    if (!facts_)
        return std::nullopt;
    const SvcMaterial *material = now.find(label_);
    if (material == nullptr)
        return Error{Stage::verify, "server-name-unknown",
                     "this server has no identity any more under the name that the client asked for"};
    const tls::SessionFacts &facts = facts_->facts;
    if (facts.psk_identity) {
        const auto &then = snapshot_->find(label_)->psks;
        if (then && material->psks && material->psks->agrees(*then, *facts.psk_identity))
            return std::nullopt;
        return Error{Stage::verify, "psk-identity-unknown", "the client's pre-shared key is gone or another"};
    }
    if (!facts.peer_authenticated || facts.peer_chain.empty())
        return std::nullopt;
    return tls::recheck_client(*material->credentials, facts.peer_chain);
}

std::string PeerStream::session_text() const {
    const tls::SessionFacts &facts = facts_->facts;
    return "mode=" + std::string(mode_of(facts)) + " probe=answered version=\"" + facts.version +
           "\" cipher=" + facts.cipher + " alpn=" + printable(facts.alpn.value_or("absent")) +
           name_text(facts) + (facts.resumed ? " resumed=yes" : "") +
           " records=" + (facts_->in_kernel ? "kernel" : "library") + identity_text(facts);
}

std::string end_text(const Error &error) {
    // A file that cannot be sent is no fault of the client's.
    const bool is_end = error.name == "session-truncated" || error.name == "session-reset" ||
                        error.name == "connection-broken" || error.stage == Stage::input;
    return (is_end ? "ended: " : "ended, at fault: ") + error.name + ": " + summary(error);
}

} // namespace rpctls::server
