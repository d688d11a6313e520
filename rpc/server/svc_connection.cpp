// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/svc_connection.hpp"

#include "rpc/base/text.hpp"
#include "rpc/server/peer_text.hpp"
#include "rpc/wire/record.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace rpctls::server {

namespace {

using State = Reception::State;

/// Reads that one turn may make, and calls that one connection may have answered, before others have their turn; see
/// ServedConnection's.
constexpr unsigned most_reads_in_turn = 8;
constexpr unsigned most_calls_in_turn = 16;
/// Buffers larger than this are given back after use: idle connections are to cost little.
constexpr std::size_t largest_kept = 16 << 10;

opaque_auth borrow(const wire::OpaqueAuth &auth) {
    opaque_auth borrowed{};
    borrowed.oa_flavor = static_cast<enum_t>(auth.flavor);
    borrowed.oa_base = reinterpret_cast<char *>(const_cast<std::byte *>(auth.body.data()));
    borrowed.oa_length = static_cast<u_int>(auth.body.size());
    return borrowed;
}

/// libtirpc gives room of MAX_AUTH_BYTES for each.
void copy(const wire::OpaqueAuth &from, opaque_auth &to) {
    to.oa_flavor = static_cast<enum_t>(from.flavor);
    to.oa_length = static_cast<u_int>(from.body.size());
    if (!from.body.empty())
        std::memcpy(to.oa_base, from.body.data(), from.body.size());
}

bool_t no_results(XDR *, ...) {
    return TRUE;
}

} // namespace

const SvcOperations SvcConnection::operations = {
    op_receive, op_status, op_get_arguments, op_reply, op_free_arguments, op_destroy,
};

const SvcOtherOperations SvcConnection::other_operations = {
    [](SVCXPRT *, const u_int, void *) -> bool_t { return FALSE; },
};

SvcConnection::SvcConnection(std::shared_ptr<SvcServer> server, Acceptor::Guest guest)
    : server_(std::move(server)), remote_(guest.address), peer_(peer_text(guest.address)),
      reception_({server_->context().settings().policy, server_->context().snapshot()->can_offer(),
                  server_->context().settings().limits.largest_record, &server_->spare()}),
      stream_(std::move(guest.fd)), place_(std::move(guest.place)) {
    static char netid[] = "tcp", netid6[] = "tcp6";
    transport_.xp_fd = stream_.fd();
    transport_.xp_ops = &operations;
    transport_.xp_ops2 = &other_operations;
    transport_.xp_p1 = this;
    transport_.xp_p3 = &extension_;
    transport_.xp_verf.oa_base = verifier_.data();
    transport_.xp_netid = remote_.ss_family == AF_INET6 ? netid6 : netid;
    transport_.xp_type = SOCK_STREAM;
    socklen_t size = sizeof local_;
    (void)::getsockname(stream_.fd(), reinterpret_cast<sockaddr *>(&local_), &size);
    transport_.xp_ltaddr = {sizeof local_, address_size(local_), &local_};
    transport_.xp_rtaddr = {sizeof remote_, address_size(remote_), &remote_};
    std::memcpy(&transport_.xp_raddr, &remote_, sizeof transport_.xp_raddr);
    transport_.xp_addrlen = static_cast<int>(address_size(remote_));
}

std::unique_ptr<SvcConnection> SvcConnection::open(std::shared_ptr<SvcServer> server, Acceptor::Guest guest) {
    std::unique_ptr<SvcConnection> connection(new SvcConnection(std::move(server), std::move(guest)));
    if (!connection->entry_.add(connection->transport_))
        return nullptr;
    return connection;
}

SvcConnection::~SvcConnection() {
    entry_.remove(transport_);
    if (counts_as_handshake_)
        server_->context().end_handshake(place_.peer());
}

SvcConnection *SvcConnection::of(const SVCXPRT *transport) {
    return transport != nullptr && transport->xp_ops == &operations
               ? static_cast<SvcConnection *>(transport->xp_p1)
               : nullptr;
}

SvcConnection &SvcConnection::connection_of(SVCXPRT *transport) {
    return *static_cast<SvcConnection *>(transport->xp_p1);
}

bool SvcConnection::is_quiet() const {
    return !busy_ && !has_unsent() && !reception_.mid_record() && !reception_.has_record() &&
           reception_.state() != State::offering && !stream_.has_pending();
}

void SvcConnection::end(const std::string &why) {
    server_->context().log(peer_, "ended: " + why);
    ending_ = true;
    settle();
}

void SvcConnection::expire() {
    if (reception_.state() == State::handshake)
        fail_handshake(Patience::handshake_verdict());
    else
        server_->context().log(peer_, Patience::verdict(reception_, has_unsent()));
}

// ---- What libtirpc calls ----

/// An exception must not pass through libtirpc: it ends the connection.
bool_t SvcConnection::op_receive(SVCXPRT *transport, rpc_msg *message) {
    SvcConnection &self = connection_of(transport);
    try {
        const bool has_call = self.receive(*message);
        if (!has_call)
            self.settle();
        return has_call ? TRUE : FALSE;
    } catch (const std::exception &) {
        self.busy_ = false;
        self.dead_ = true;
        return FALSE;
    }
}

xprt_stat SvcConnection::op_status(SVCXPRT *transport) {
    SvcConnection &self = connection_of(transport);
    try {
        return self.status();
    } catch (const std::exception &) {
        return XPRT_DIED;
    }
}

bool_t SvcConnection::op_get_arguments(SVCXPRT *transport, xdrproc_t routine, void *where) {
    SvcConnection &self = connection_of(transport);
    if (!self.busy_)
        return FALSE;
    return SVCAUTH_UNWRAP(&self.extension_.xp_auth, &self.arguments_, routine, static_cast<caddr_t>(where));
}

bool_t SvcConnection::op_reply(SVCXPRT *transport, rpc_msg *message) {
    SvcConnection &self = connection_of(transport);
    try {
        return self.reply(*message) ? TRUE : FALSE;
    } catch (const std::exception &) {
        self.dead_ = true;
        return FALSE;
    }
}

bool_t SvcConnection::op_free_arguments(SVCXPRT *, xdrproc_t routine, void *where) {
    XDR xdr{};
    xdr.x_op = XDR_FREE;
    return routine(&xdr, where);
}

void SvcConnection::op_destroy(SVCXPRT *transport) {
    connection_of(transport).destroy();
}

// ---- Calls ----

bool SvcConnection::receive(rpc_msg &message) {
    busy_ = hurried_ = wants_write_ = false;
    if (dead_ || !flush() || ending_)
        return false;
    while (reads_in_turn_ < most_reads_in_turn) {
        if (reception_.state() == State::handshake) {
            if (!shake_hands())
                return false;
            continue;
        }
        auto event = reception_.next();
        if (!event) {
            die(event.error());
            return false;
        }
        if (*event) {
            if (auto *call = std::get_if<Reception::Call>(&**event)) {
                present(std::move(*call), message);
                return true;
            }
            auto &answer = std::get<Reception::Answer>(**event);
            if (answer.auth_stat == wire::auth_tooweak)
                note_clear_call();
            if (!send(std::span(answer.record).subspan(wire::record_mark_size)))
                return false;
            continue;
        }
        ++reads_in_turn_;
        if (!read())
            return false;
    }
    hurried_ = true;
    return false;
}

void SvcConnection::present(Reception::Call call, rpc_msg &message) {
    const wire::CallHeader &header = call.message.header;
    message.rm_xid = xid_ = header.xid;
    flavor_ = header.credential.flavor;
    message.rm_direction = CALL;
    message.rm_call.cb_rpcvers = wire::rpc_version;
    message.rm_call.cb_prog = header.program;
    message.rm_call.cb_vers = header.version;
    message.rm_call.cb_proc = header.procedure;
    copy(header.credential, message.rm_call.cb_cred);
    copy(header.verifier, message.rm_call.cb_verf);
    record_ = std::move(call.record);
    const auto arguments = std::span(record_).subspan(call.message.arguments_offset);
    ::xdrmem_create(&arguments_, reinterpret_cast<char *>(arguments.data()),
                    static_cast<u_int>(arguments.size()), XDR_DECODE);
    busy_ = true;
    replied_ = false;
    probe_ = call.is_probe;
    if (!probe_ && reception_.state() == State::clear)
        note_clear_call();
}

/// Once for a connection: that calls come in clear, and what becomes of them (R-6.1-1).
void SvcConnection::note_clear_call() {
    if (std::exchange(noted_clear_, true))
        return;
    server_->context().log_clear_call(peer_);
}

/// Whether there is more to look at.
bool SvcConnection::read() {
    const auto heard = stream_.feed(reception_, server_->scratch());
    if (!heard)
        die(heard.error());
    else if (*heard == PeerStream::Heard::end)
        dead_ = true;
    else if (*heard == PeerStream::Heard::octets)
        patience_.note_progress();
    return heard && *heard == PeerStream::Heard::octets;
}

bool SvcConnection::reply(rpc_msg &message, ResultsWithFile *with_file) {
    if (!busy_ || replied_ || dead_ || message.rm_direction != REPLY)
        return false;
    const bool accepted = message.rm_reply.rp_stat == MSG_ACCEPTED;
    const bool has_results = accepted && message.acpted_rply.ar_stat == SUCCESS;
    const auto results = message.acpted_rply.ar_results;
    if (has_results) {
        message.acpted_rply.ar_results.proc = no_results;
        message.acpted_rply.ar_results.where = nullptr;
    }
    if (probe_) {
        stream_.note_stray_octets(reception_);
        if (accepted)
            message.acpted_rply.ar_verf = borrow(Reception::token());
    }
    message.rm_xid = xid_;
    const bool had_unsent = has_unsent();
    XDR &xdr = unsent_.begin();
    bool whole = ::xdr_replymsg(&xdr, &message) != FALSE;
    if (whole && has_results)
        whole = SVCAUTH_WRAP(&extension_.xp_auth, &xdr, results.proc, results.where) != FALSE;
    const auto file_at = with_file != nullptr ? with_file->file_at() : std::nullopt;
    const std::size_t elsewhere = file_at ? with_file->file().size() : 0;
    if (!whole || XDR_GETPOS(&xdr) + elsewhere > server_->context().settings().limits.largest_record) {
        unsent_.drop();
        return false;
    }
    const std::size_t begin = unsent_.waiting().size() + wire::record_mark_size;
    unsent_.end(elsewhere);
    if (elsewhere > 0) {
        unsent_file_ = with_file->file();
        before_file_ = begin + *file_at;
    }
    replied_ = true;
    if (!had_unsent)
        (void)flush();
    if (probe_) {
        reception_.answered(accepted);
        if (reception_.state() == State::ended)
            server_->context().log(peer_, "ended: octets in clear behind the probe");
        patience_.begin_handshake();
    }
    return !dead_;
}

Status SvcConnection::reply_with(ResultsWithFile &results) {
    rpc_msg message{};
    message.rm_direction = REPLY;
    message.rm_reply.rp_stat = MSG_ACCEPTED;
    message.acpted_rply.ar_verf = transport_.xp_verf;
    message.acpted_rply.ar_stat = SUCCESS;
    message.acpted_rply.ar_results.proc = ResultsWithFile::xdr;
    message.acpted_rply.ar_results.where = reinterpret_cast<caddr_t>(&results);
    // An authenticator that seals or signs the results has to see them.
    if (flavor_ > AUTH_SHORT)
        results.read_file();
    const bool fits = results.file().size() <= server_->context().settings().limits.largest_record;
    try {
        if (fits && reply(message, &results))
            return {};
    } catch (const std::exception &) {
        dead_ = true;
        throw;
    }
    if (results.fault())
        return *results.fault();
    return Error{Stage::input, "reply-unsent", "a reply with octets of a file was not sent"}.with(
        "reason", dead_      ? "the connection is at its end"
                  : replied_ ? "the call has a reply already"
                             : "it cannot be encoded, or is larger than the record limit");
}

void SvcConnection::release_record() {
    server_->spare().take_back(record_);
    record_.clear();
    if (record_.capacity() > largest_kept)
        record_.shrink_to_fit();
}

xprt_stat SvcConnection::status() {
    if (std::exchange(busy_, false)) {
        release_record();
        if (reception_.state() == State::offering)
            reception_.answered(false);
        patience_.note_progress();
    }
    if (destroyed_in_call_)
        dead_ = true;
    const bool is_over = server_->is_draining() || stream_.is_worn();
    ending_ = ending_ || reception_.state() == State::ended || (is_over && is_quiet());
    if (dead_ || (ending_ && !has_unsent()))
        return XPRT_DIED;
    const bool more = !has_unsent() && !ending_ && reception_.state() != State::handshake &&
                      (reception_.has_record() || stream_.has_pending());
    if (more && ++calls_in_turn_ < most_calls_in_turn && !hurried_)
        return XPRT_MOREREQS;
    calls_in_turn_ = reads_in_turn_ = 0;
    hurried_ = hurried_ || more;
    settle();
    return XPRT_IDLE;
}

void SvcConnection::destroy() {
    if (busy_) {
        destroyed_in_call_ = true; // libtirpc will ask for the status of this transport
        return;
    }
    const auto server = server_;
    server->remove(*this);
}

void SvcConnection::die(const Error &error) {
    server_->context().log(peer_, end_text(error));
    dead_ = true;
}

// ---- Output ----

bool SvcConnection::send(std::span<const std::byte> message) {
    XDR &xdr = unsent_.begin();
    if (!XDR_PUTBYTES(&xdr, reinterpret_cast<const char *>(message.data()),
                      static_cast<u_int>(message.size())))
        throw std::bad_alloc();
    unsent_.end();
    return flush();
}

/// Whether everything is on its way; otherwise what is left is kept, or the connection is dead. A disk may be slow: after
/// so much of a file others have their turn.
bool SvcConnection::flush() {
    for (std::size_t of_file = 0; has_unsent() && of_file < most_of_file;) {
        auto rest = unsent_.waiting();
        Batch next{.octets = std::span(&rest, 1)};
        if (unsent_file_ && before_file_ == 0) {
            next = {.file = *unsent_file_};
        } else if (unsent_file_) {
            rest = rest.first(before_file_);
            next.more = true;
        }
        const auto count = stream_.send(next);
        if (!count) {
            die(count.error());
            return false;
        }
        if (!*count)
            return false;
        if (next.file) {
            of_file += **count;
            unsent_file_ = next.file->behind(**count);
            if (unsent_file_->size() == 0)
                unsent_file_.reset();
        } else {
            unsent_.sent(**count);
            before_file_ -= std::min(before_file_, **count);
        }
        patience_.note_progress();
    }
    return !has_unsent();
}

// ---- Between the token and the session ----

/// Whether the session is there.
bool SvcConnection::shake_hands() {
    ServerContext &context = server_->context();
    if (!stream_.is_shaking_hands()) {
        if (!context.try_begin_handshake(place_.peer())) {
            fail_handshake(Patience::too_many_handshakes());
            return false;
        }
        counts_as_handshake_ = true;
    }
    const auto progress = stream_.shake_hands(context);
    if (!progress) {
        fail_handshake(progress.error());
        return false;
    }
    if (*progress != PeerStream::Progress::done) {
        wants_write_ = *progress == PeerStream::Progress::want_write;
        return false;
    }
    context.end_handshake(place_.peer());
    counts_as_handshake_ = false;
    patience_.note_progress();
    reception_.session_begun();
    context.log(peer_, stream_.session_text());
    return true;
}

void SvcConnection::fail_handshake(const Error &error) {
    server_->context().log_failed_handshake(peer_, error);
    dead_ = true;
}

// ---- Waiting ----

/// Tells the loop what is waited for. A client that does not take its replies is not listened to.
void SvcConnection::settle() {
    short events = PollEntry::reading;
    if (has_unsent())
        events = POLLOUT;
    else if (wants_write_ || hurried_ || ending_ || dead_)
        events |= POLLOUT;
    entry_.want(transport_, events);
    server_->set_deadline(*this,
                          patience_.deadline(server_->context().settings().limits, reception_, has_unsent()));
}

} // namespace rpctls::server
