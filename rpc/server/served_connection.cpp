// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/served_connection.hpp"

#include "rpc/server/credential.hpp"
#include "rpc/server/peer_text.hpp"
#include "rpc/wire/record.hpp"

#include <exception>

namespace rpctls::server {

namespace {

using State = Reception::State;

/// Of one connection, before others have their turn. A read is of a TLS record, in clear of 64 KiB: a turn takes two
/// milliseconds or so. Fewer cost throughput on one processor (tests/bench/RESULTS.md).
constexpr unsigned most_reads_in_turn = 8;
constexpr unsigned most_calls_in_turn = 16;

} // namespace

ServedConnection::ServedConnection(Hall &hall, std::shared_ptr<IoLoop> loop, Acceptor::Guest guest,
                                   std::function<void(ServedConnection &)> ended)
    : hall_(hall), loop_(std::move(loop)), peer_(std::make_shared<const PeerAddress>(
                                               PeerAddress{guest.address, server::peer_text(guest.address)})),
      ended_(std::move(ended)), stream_(std::move(guest.fd)), fd_(stream_.fd()),
      place_(std::move(guest.place)),
      reception_({hall.context.settings().policy, hall.context.snapshot()->can_offer(),
                  hall.context.settings().limits.largest_record, &loop_->spare()}) {}

ServedConnection::~ServedConnection() {
    if (counts_as_handshake_)
        hall_.context.end_handshake(place_.peer());
}

void ServedConnection::begin() {
    settle();
}

void ServedConnection::on_ready(std::uint32_t events) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0)
        dead_ = true;
    handshake_is_ready_ = events != 0 && reception_.state() == State::handshake && unsent_.empty();
    turn();
}

void ServedConnection::on_time() {
    try {
        if (reception_.state() == State::handshake)
            fail_handshake(Patience::handshake_verdict());
        else
            hall_.context.log(peer_->text, Patience::verdict(reception_, !unsent_.empty()));
    } catch (const std::exception &) {
        // No memory for words: it ends without.
    }
    cut();
}

void ServedConnection::drain() {
    draining_ = true;
    turn();
}

void ServedConnection::cut() {
    const auto self = shared_from_this();
    dead_ = true;
    settle();
}

void ServedConnection::end_unaccepted(const std::string &objection) {
    ending_ = true;
    try {
        hall_.context.log(peer_->text, "ended: it is no longer accepted: " + objection);
    } catch (const std::exception &) {
        // No memory for words: it ends without.
    }
    turn();
}

void ServedConnection::die(const Error &error) {
    hall_.context.log(peer_->text, end_text(error));
    dead_ = true;
}

// ---- Turns ----

bool ServedConnection::is_full() const {
    return with_handlers_ + unsent_.replies() >= hall_.options.calls_per_connection;
}

bool ServedConnection::is_quiet() const {
    return with_handlers_ == 0 && unsent_.empty() && !reception_.mid_record() && !reception_.has_record() &&
           reception_.state() != State::offering && !stream_.has_pending();
}

/// All that can be done now for this client. An exception (memory) ends its connection only.
void ServedConnection::turn() {
    if (is_calculating_ || in_turn_)
        return;
    const auto self = shared_from_this();
    in_turn_ = true;
    of_files_ = 0;
    try {
        work();
        if (!dead_ && !is_calculating_)
            (void)flush();
    } catch (const std::exception &) {
        dead_ = true;
    }
    in_turn_ = false;
    settle();
}

void ServedConnection::work() {
    unsigned calls = 0, reads = 0;
    while (!dead_ && !ending_) {
        if (reception_.state() == State::handshake) {
            if (std::exchange(handshake_is_ready_, false))
                go_on_with_handshake();
            return;
        }
        if (probe_ && with_handlers_ == 0) {
            answer_probe();
            continue;
        }
        if ((is_full() || is_blocked_) && !flush())
            return;
        if (is_full() || probe_)
            return;
        auto event = reception_.next();
        if (!event)
            return die(event.error());
        if (*event) {
            take(std::move(**event));
            if (++calls < most_calls_in_turn)
                continue;
            return loop_->hurry(*this);
        }
        ending_ = reception_.state() == State::ended;
        if (ending_ || !flush())
            return;
        if (++reads > most_reads_in_turn)
            return loop_->hurry(*this);
        if (!read())
            return;
    }
}

/// Whether there is more to look at.
bool ServedConnection::read() {
    const auto heard = stream_.feed(reception_, loop_->scratch());
    if (!heard) {
        die(heard.error());
        return false;
    }
    // Who has nothing more to ask may still wait for answers.
    ending_ = *heard == PeerStream::Heard::end;
    if (*heard != PeerStream::Heard::octets)
        return false;
    patience_.note_progress();
    return true;
}

/// Whether everything is on its way; otherwise what is left is kept, or the connection is dead. A disk may be slow: after
/// so much of a file others have their turn.
bool ServedConnection::flush() {
    is_blocked_ = false;
    ReplyQueue::Pieces room;
    while (!unsent_.empty()) {
        const Batch next = unsent_.next(room);
        if (next.file && of_files_ >= most_of_file) {
            loop_->hurry(*this);
            return false;
        }
        const auto count = stream_.send(next);
        if (!count) {
            die(count.error());
            return false;
        }
        if (!*count) {
            is_blocked_ = true;
            return false;
        }
        unsent_.sent(**count);
        of_files_ += next.file ? **count : 0;
        patience_.note_progress();
    }
    return true;
}

// ---- Calls ----

void ServedConnection::take(Reception::Event event) {
    if (auto *call = std::get_if<Reception::Call>(&event))
        return take_call(std::move(*call));
    auto &denial = std::get<Reception::Answer>(event);
    if (denial.auth_stat == wire::auth_tooweak)
        note_clear_call();
    unsent_.push({std::move(denial.record)});
}

void ServedConnection::take_call(Reception::Call call) {
    if (call.is_probe) {
        probe_ = std::move(call.message.header);
        return;
    }
    if (reception_.state() == State::clear)
        note_clear_call();
    const wire::CallHeader &header = call.message.header;
    auto credential = read_credential(header.credential);
    if (const auto *auth_stat = std::get_if<std::uint32_t>(&credential))
        return answer({header.xid, wire::DeniedReply{wire::RejectStat::auth_error, {}, *auth_stat}, 0});
    if (auto early = hall_.early_answer(header))
        return answer({header.xid, std::move(*early), 0});
    auto state = std::make_unique<CallState>();
    state->loop = loop_;
    state->connection = weak_from_this();
    state->peer = peer_;
    state->session = stream_.session();
    state->largest_reply = hall_.context.settings().limits.largest_record;
    state->arguments_offset = call.message.arguments_offset;
    state->credential = std::move(std::get<Credential>(credential));
    state->header = std::move(call.message.header);
    state->record = std::move(call.record);
    ++with_handlers_;
    hall_.dispatch(Call(std::move(state)));
}

void ServedConnection::answer(const wire::ReplyHeader &reply) {
    unsent_.push({reply_head(reply)});
}

void ServedConnection::deliver(Answer answer) {
    --with_handlers_;
    patience_.note_progress();
    if (dead_)
        return;
    unsent_.push(std::move(answer));
    // Several answers leave together.
    if (!in_turn_)
        loop_->hurry(*this);
}

/// Its accept_stat is the one of any NULL call, and the token its verifier whatever that is (RFC 9289 4.1).
void ServedConnection::answer_probe() {
    auto reply = *hall_.early_answer(*probe_);
    reply.verifier = Reception::token();
    answer({probe_->xid, std::move(reply), 0});
    probe_.reset();
    stream_.note_stray_octets(reception_);
    reception_.answered(true);
    patience_.begin_handshake();
    if (reception_.state() == State::ended) {
        hall_.context.log(peer_->text, "ended: octets in clear behind the probe");
        ending_ = true;
    }
}

/// Once for a connection: that calls come in clear, and what becomes of them (R-6.1-1).
void ServedConnection::note_clear_call() {
    if (!std::exchange(noted_clear_, true))
        hall_.context.log_clear_call(peer_->text);
}

// ---- Between the token and the session ----

void ServedConnection::go_on_with_handshake() {
    if (!counts_as_handshake_ && !hall_.context.try_begin_handshake(place_.peer())) {
        fail_handshake(Patience::too_many_handshakes());
        return;
    }
    counts_as_handshake_ = true;
    loop_->want(*this, fd_, std::nullopt);
    // With all the memory that it takes to come back: a work thread that finds none has nobody to tell.
    const auto self = shared_from_this();
    const auto progress = std::make_shared<Result<PeerStream::Progress>>(
        Error{Stage::handshake, "out-of-memory", "no memory for it"});
    auto back = IoLoop::prepared([self, progress] { self->handshake_went_on(*progress); });
    hall_.work.post([self, progress, back = std::move(back)]() mutable {
        try {
            *progress = self->stream_.shake_hands(self->hall_.context);
        } catch (const std::exception &) {
            // As it was prepared, then.
        }
        self->loop_->post(std::move(back));
    });
    is_calculating_ = true;
}

void ServedConnection::handshake_went_on(const Result<PeerStream::Progress> &progress) {
    const auto self = shared_from_this();
    is_calculating_ = false;
    try {
        if (!progress && !dead_)
            fail_handshake(progress.error());
        else if (progress && *progress == PeerStream::Progress::done)
            begin_session();
        else if (progress)
            wants_write_ = *progress == PeerStream::Progress::want_write;
    } catch (const std::exception &) {
        dead_ = true; // memory
    }
    turn();
}

void ServedConnection::begin_session() {
    hall_.context.end_handshake(place_.peer());
    counts_as_handshake_ = false;
    if (!dead_)
        hall_.context.log(peer_->text, stream_.session_text());
    patience_.note_progress();
    reception_.session_begun();
    if (std::exchange(recheck_later_, false))
        recheck();
}

void ServedConnection::fail_handshake(const Error &error) {
    hall_.context.log_failed_handshake(peer_->text, error);
    dead_ = true;
}

void ServedConnection::recheck() {
    if (is_calculating_) {
        recheck_later_ = true;
        return;
    }
    if (stream_.session() == nullptr)
        return;
    try {
        const auto self = shared_from_this();
        const auto objection = std::make_shared<std::string>("out-of-memory");
        auto back = IoLoop::prepared([self, objection] {
            if (!objection->empty() && self->ended_)
                self->end_unaccepted(*objection);
        });
        // What the session was begun with does not change any more.
        hall_.work.post([self, objection, back = std::move(back)]() mutable {
            try {
                const auto fault = self->stream_.objection(*self->hall_.context.snapshot());
                *objection = fault ? fault->name : std::string();
            } catch (const std::exception &) {
                // As it was prepared, then.
            }
            self->loop_->post(std::move(back));
        });
    } catch (const std::exception &) {
        cut(); // who cannot be verified is not accepted
    }
}

// ---- Waiting ----

/// Tells the loop what is waited for, or ends.
void ServedConnection::settle() {
    if (is_calculating_ || !ended_)
        return wait();
    const bool is_over = draining_ || stream_.is_worn();
    ending_ = ending_ || reception_.state() == State::ended || (is_over && is_quiet());
    if (!dead_ && (!ending_ || with_handlers_ > 0 || !unsent_.empty()))
        try {
            return wait();
        } catch (const std::exception &) {
            // Memory: it ends, then.
        }
    dead_ = true;
    loop_->forget(*this, fd_);
    const auto ended = std::exchange(ended_, nullptr);
    ended(*this);
}

/// A client that does not take its replies, or has as many calls in progress as it may, is not listened to.
void ServedConnection::wait() {
    if (!ended_)
        return;
    const bool in_handshake = reception_.state() == State::handshake;
    std::uint32_t events = 0;
    if (is_blocked_ || (in_handshake && wants_write_))
        events = EPOLLOUT;
    const bool listens = events == 0 && !ending_ && !probe_ && !is_full();
    if (listens)
        events |= EPOLLIN;
    auto deadline = patience_.deadline(hall_.context.settings().limits, reception_, is_blocked_);
    if (dead_)
        deadline.reset(); // as soon as its handshake comes back
    else if (with_handlers_ > 0 && !is_blocked_ && !(listens && reception_.mid_record()))
        deadline.reset(); // it is the program that is waited for
    loop_->set_deadline(*this, deadline);
    if (!is_calculating_)
        loop_->want(*this, fd_, events);
}

} // namespace rpctls::server
