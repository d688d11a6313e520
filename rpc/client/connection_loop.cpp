// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/connection_loop.hpp"

#include "rpc/client/call_answer.hpp"
#include "rpc/client/null_call.hpp"
#include "rpc/face/session.hpp"
#include "rpc/wire/message.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>

namespace rpctls::client {

namespace {

/// One direction does not keep the other one, and the clock, waiting for more than this.
constexpr unsigned most_turns = 64;

constexpr std::uint32_t last_fragment = 0x80000000;

Error invalid(std::string what) {
    return Error{Stage::input, "argument-invalid", std::move(what)};
}

Error closed() {
    return Error{Stage::rpc, "connection-closed", "the connection was closed by this program"};
}

/// The program's signals are for its own threads.
template <class Body>
std::thread quiet_thread(Body body) {
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread made(std::move(body));
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return made;
}

} // namespace

ConnectionLoop::ConnectionLoop(ClntTarget target, std::uint16_t port, const face::Serving &bounds,
                               ConnectionOptions options, Fd wake)
    : target_(std::move(target)), port_(port), largest_record_(bounds.largest_record), stall_(bounds.stall),
      options_(std::move(options)), first_xid_(new_xid()), wake_(std::move(wake)),
      engine_(options_.calls_in_flight, largest_record_, options_.reverse) {}

Result<std::unique_ptr<ConnectionLoop>> ConnectionLoop::start(ClntTarget target, std::uint16_t port,
                                                              const face::Serving &bounds,
                                                              ConnectionOptions options) {
    Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (wake.get() < 0)
        return system_error(Stage::connect, "connection-failed", "no eventfd for a connection's thread",
                            errno);
    std::unique_ptr<ConnectionLoop> made(
        new ConnectionLoop(std::move(target), port, bounds, std::move(options), std::move(wake)));
    auto first = connect(made->target_, port);
    if (!first)
        return std::move(first).error();
    made->adopt(std::move(first));
    made->thread_ = quiet_thread([loop = made.get()] { loop->run(); });
    return made;
}

ConnectionLoop::~ConnectionLoop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake();
    if (thread_.joinable())
        thread_.join();
    if (connecting_.joinable())
        connecting_.join();
}

ConnectionLoop::Connected ConnectionLoop::connect(ClntTarget target, std::uint16_t port) {
    if (port == 0) {
        const auto found = ask_rpcbind(target);
        if (!found)
            return found.error();
        port = *found;
    }
    return connect_clnt(target, port);
}

Result<CallEngine::Submission> ConnectionLoop::prepare(CallRequest call) const {
    using namespace std::chrono_literals;
    if (call.timeout < 1ms || call.timeout > 1h)
        return invalid("a call's timeout is 1 ms to an hour");
    static const CallCredential nobody;
    const CallCredential &credential = call.credential ? *call.credential : nobody;
    auto head = wire::encode_call({.xid = 0,
                                   .program = target_.program,
                                   .version = target_.version,
                                   .procedure = call.procedure,
                                   .credential = {credential.flavor, credential.body},
                                   .verifier = {credential.verifier_flavor, credential.verifier_body}});
    if (!head)
        return std::move(head).error();
    std::size_t size = head->size();
    for (const auto &piece : call.arguments)
        if (piece.size() > largest_record_ - std::min(size, largest_record_))
            return Error{Stage::input, "call-too-large", "a call is larger than the connection's limit"}
                .with("limit", std::to_string(largest_record_) + " octets")
                .advise("raise it with rpctls_params_set_record_limit(), or call in smaller parts");
        else
            size += piece.size();
    for (const Piece &piece : call.arguments)
        if (piece.file)
            if (auto whole = piece.file->check(); !whole)
                return std::move(whole).error();
    if (size % 4 != 0)
        return invalid("a call's arguments are no XDR: their size is not a multiple of four octets");
    CallEngine::Submission made;
    made.head = wire::frame_record(*head); // with a mark that does not know of the arguments yet
    const std::uint32_t mark = last_fragment | static_cast<std::uint32_t>(size);
    for (std::size_t i = 0; i < wire::record_mark_size; ++i)
        made.head[i] = static_cast<std::byte>(mark >> (24 - 8 * i) & 0xff);
    made.arguments = std::move(call.arguments);
    made.deadline = Deadline::after(call.timeout).at();
    return made;
}

Result<CallId> ConnectionLoop::call(CallRequest call, Completion done) {
    if (!done)
        return invalid("a call needs something to be completed by");
    auto made = prepare(std::move(call));
    if (!made)
        return std::move(made).error();
    std::size_t size = made->head.size();
    for (const auto &piece : made->arguments)
        size += piece.size();
    bool sleeps = false;
    std::uint64_t id = 0;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_)
            return closed();
        if (outstanding_ >= options_.calls_outstanding ||
            (outstanding_ > 0 && size > options_.octets_outstanding - outstanding_octets_))
            return Error{Stage::rpc, "queue-full", "too many calls are not completed yet"}
                .with("calls", std::to_string(outstanding_))
                .with("octets", std::to_string(outstanding_octets_))
                .with_errno(EAGAIN)
                .advise("wait for a completion, then call again");
        id = next_id_++;
        ++outstanding_;
        outstanding_octets_ += size;
        made->id = id;
        made->xid = xid_of(id);
        for (std::size_t i = 0; i < 4; ++i)
            made->head[wire::record_mark_size + i] = static_cast<std::byte>(made->xid >> (24 - 8 * i) & 0xff);
        made->done = [this, size, done = std::move(done)](Result<CallReply> result) {
            {
                const std::lock_guard counting(mutex_);
                --outstanding_;
                outstanding_octets_ -= size;
            }
            done(std::move(result));
        };
        box_.calls.push_back(std::move(*made));
        sleeps = std::exchange(asleep_, false);
    }
    if (sleeps)
        wake();
    return CallId(id);
}

void ConnectionLoop::cancel(CallId id) {
    {
        const std::lock_guard lock(mutex_);
        if (static_cast<std::uint64_t>(id) >= next_id_)
            return;
        box_.cancelled.push_back(static_cast<std::uint64_t>(id));
    }
    wake();
}

void ConnectionLoop::wake() {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one); // full is awake, too
}

std::shared_ptr<const rpctls_session> ConnectionLoop::session() const {
    const std::lock_guard lock(mutex_);
    return session_;
}

ConnectionStatistics ConnectionLoop::statistics() const {
    const std::lock_guard lock(mutex_);
    return {connections_, dropped_, reverse_, outstanding_};
}

void ConnectionLoop::run() {
    while (take_box()) {
        engine_.expire(Deadline::Clock::now());
        reconnect();
        bool moved = false;
        for (unsigned turn = 0; stream_ && turn < most_turns && send(); ++turn)
            moved = true;
        for (unsigned turn = 0; stream_ && turn < most_turns && receive(); ++turn)
            moved = true;
        check_stall();
        dropped_ = engine_.dropped_replies();
        reverse_ = engine_.reverse_calls();
        deliver();
        if (!moved)
            wait();
    }
    // What is outstanding ends before the session does: nobody learns of an end that he has asked for himself.
    engine_.broken(closed(), false);
    deliver();
    stream_.reset();
}

/// False: it is over.
bool ConnectionLoop::take_box() {
    Box box;
    bool stopping = false;
    {
        const std::lock_guard lock(mutex_);
        std::swap(box, box_);
        stopping = stopping_;
        asleep_ = false;
    }
    for (auto &call : box.calls)
        engine_.submit(std::move(call));
    for (const std::uint64_t id : box.cancelled)
        engine_.cancel(id, xid_of(id));
    if (box.connected) {
        connecting_.join();
        adopt(std::move(*box.connected));
    }
    return !stopping;
}

void ConnectionLoop::adopt(Connected connected) {
    if (!connected) {
        engine_.broken(connected.error(), false);
        return;
    }
    stream_ = std::move(*connected);
    blocked_ = heard_ = false;
    moved_ = Deadline::Clock::now();
    ++connections_;
    std::shared_ptr<const rpctls_session> agreed;
    if (const tls::Channel *channel = stream_->channel()) {
        tls_only_ = true;
        agreed =
            face::make_session(channel->facts(), channel->channel_binding(), channel->protected_by_kernel());
    }
    const std::lock_guard lock(mutex_);
    session_ = std::move(agreed);
}

void ConnectionLoop::reconnect() {
    if (stream_ || connecting_.joinable() || !engine_.waits())
        return;
    ClntTarget target = target_;
    if (tls_only_ && target.policy == ClntPolicy::opportunistic)
        target.policy = ClntPolicy::tls;
    connecting_ = quiet_thread([this, target = std::move(target)] {
        auto connected = connect(target, port_);
        {
            const std::lock_guard lock(mutex_);
            box_.connected = std::move(connected);
        }
        wake();
    });
}

/// Whoever was hung up on before a word was said gets no second try: such a server would be tried for ever.
void ConnectionLoop::lose(const Error &error) {
    stream_.reset();
    engine_.broken(error, heard_);
}

/// Whether more may go.
bool ConnectionLoop::send() {
    const Batch next = engine_.to_send();
    blocked_ = false;
    if (next.empty())
        return false;
    std::size_t size = 0; // of a file as much goes at a time as the stream likes
    for (const auto &piece : next.octets)
        size += piece.size();
    const auto sent = stream_->try_write(next);
    if (!sent) {
        lose(sent.error());
        return false;
    }
    blocked_ = !*sent || **sent < size;
    if (!*sent)
        return false;
    engine_.sent(**sent);
    moved_ = Deadline::Clock::now();
    return !blocked_;
}

/// Whether more may have come.
bool ConnectionLoop::receive() {
    if (!engine_.may_read())
        return false;
    if (engine_.holds_back()) {
        if (auto taken = engine_.go_on(); !taken)
            lose(taken.error());
        return stream_.has_value();
    }
    const auto got = stream_->try_read(engine_.room());
    if (!got) {
        lose(got.error());
        return false;
    }
    if (!*got)
        return false;
    if (**got == 0) {
        lose(Error{Stage::rpc, "rpc-closed", "the server ended the connection"}.with_errno(ECONNRESET));
        return false;
    }
    heard_ = true;
    moved_ = Deadline::Clock::now();
    if (auto taken = engine_.took(**got); !taken)
        lose(taken.error());
    return stream_.has_value();
}

void ConnectionLoop::check_stall() {
    if (stream_ && (blocked_ || engine_.mid_record()) && Deadline::Clock::now() - moved_ >= stall_)
        lose(Error{Stage::rpc, "connection-stalled", "no octet moves in the middle of a call or a reply"}
                 .with_errno(ETIMEDOUT));
}

void ConnectionLoop::deliver() {
    for (auto &completed : engine_.take_completed())
        completed.done(std::move(completed.result));
}

void ConnectionLoop::wait() {
    if (!stream_ && !connecting_.joinable() && engine_.waits())
        return; // the connection was lost a moment ago
    std::array<pollfd, 2> entries{{{wake_.get(), POLLIN, 0}, {-1, 0, 0}}};
    auto until = engine_.next_deadline();
    if (stream_) {
        entries[1].fd = stream_->fd();
        entries[1].events = static_cast<short>((engine_.may_read() ? POLLIN : 0) | (blocked_ ? POLLOUT : 0));
        if (blocked_ || engine_.mid_record())
            until = std::min(until.value_or(moved_ + stall_), moved_ + stall_);
    }
    {
        const std::lock_guard lock(mutex_);
        if (!box_.calls.empty() || !box_.cancelled.empty() || box_.connected || stopping_)
            return;
        asleep_ = true;
    }
    const int time = until ? static_cast<int>(std::min<std::chrono::milliseconds::rep>(
                                 Deadline(*until).left().count(), 1 << 30))
                           : -1;
    if (::poll(entries.data(), entries.size(), time) > 0 && entries[0].revents != 0) {
        std::uint64_t count = 0;
        (void)!::read(wake_.get(), &count, sizeof count);
    }
}

} // namespace rpctls::client
