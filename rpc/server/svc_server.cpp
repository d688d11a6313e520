// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/svc_server.hpp"

#include "rpc/server/peer_text.hpp"
#include "rpc/server/svc_connection.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <thread>

namespace rpctls::server {

namespace {

/// Connections that one turn of the loop takes in, before those that are there have their turn.
constexpr unsigned most_accepted_in_turn = 32;
constexpr std::size_t scratch_size = 64 << 10;

bool_t no_arguments(SVCXPRT *, xdrproc_t, void *) {
    return FALSE;
}

bool_t no_reply(SVCXPRT *, rpc_msg *) {
    return FALSE;
}

xprt_stat idle(SVCXPRT *) {
    return XPRT_IDLE;
}

void keep(SVCXPRT *) {}

const SvcOtherOperations no_control = {
    [](SVCXPRT *, const u_int, void *) -> bool_t { return FALSE; },
};

SvcServer &server_of(SVCXPRT *transport) {
    return *static_cast<SvcServer *>(transport->xp_p1);
}

} // namespace

const SvcOperations SvcServer::listener_operations = {listener_receive, idle,         no_arguments,
                                                      no_reply,         no_arguments, listener_destroy};
const SvcOperations SvcServer::timer_operations = {timer_receive, idle,         no_arguments,
                                                   no_reply,      no_arguments, keep};
const SvcOperations SvcServer::request_operations = {request_receive, idle,         no_arguments,
                                                     no_reply,        no_arguments, keep};

SvcServer::SvcServer(SvcSettings settings) : context_(std::move(settings)), scratch_(scratch_size) {}

SvcServer::~SvcServer() {
    connections_.clear();
    requests_.entry.remove(requests_.transport);
    timer_.entry.remove(timer_.transport);
    listener_entry_.remove(listener_);
}

Result<std::shared_ptr<SvcServer>> SvcServer::open(Fd listener, SvcSettings settings) {
    std::shared_ptr<SvcServer> server(new SvcServer(std::move(settings)));
    if (auto loaded = server->reload(); !loaded)
        return std::move(loaded).error();
    if (auto started = server->start(std::move(listener)); !started)
        return std::move(started).error();
    server->self_ = server;
    return server;
}

Status SvcServer::add_helper(Helper &helper, int fd, const SvcOperations &operations) {
    if (fd < 0)
        return system_error(Stage::input, "transport-not-registered", "no descriptor for the server's loop",
                            errno);
    helper.fd.reset(fd);
    helper.transport.xp_fd = fd;
    helper.transport.xp_ops = &operations;
    helper.transport.xp_ops2 = &no_control;
    helper.transport.xp_p1 = this;
    helper.transport.xp_p3 = &listener_extension_;
    if (!helper.entry.add(helper.transport))
        return Error{Stage::input, "transport-not-registered", "libtirpc takes no more descriptors"};
    return {};
}

Status SvcServer::start(Fd listener) {
    auto acceptor = Acceptor::open(std::move(listener));
    if (!acceptor)
        return std::move(acceptor).error();
    acceptor_ = std::move(*acceptor);
    if (auto added = add_helper(timer_, ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
                                timer_operations);
        !added)
        return added;
    if (auto added = add_helper(requests_, ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), request_operations);
        !added)
        return added;
    static char netid[] = "tcp", netid6[] = "tcp6";
    auto &local = const_cast<sockaddr_storage &>(acceptor_->address()); // libtirpc's structures know no const
    listener_.xp_fd = acceptor_->fd();
    listener_.xp_port = acceptor_->port();
    listener_.xp_ops = &listener_operations;
    listener_.xp_ops2 = &no_control;
    listener_.xp_netid = local.ss_family == AF_INET6 ? netid6 : netid;
    listener_.xp_ltaddr = {sizeof local, address_size(local), &local};
    listener_.xp_p1 = this;
    listener_.xp_p3 = &listener_extension_;
    listener_.xp_type = SOCK_STREAM;
    if (!listener_entry_.add(listener_))
        return Error{Stage::input, "transport-not-registered", "libtirpc takes no more descriptors"};
    return {};
}

SvcServer *SvcServer::of(const SVCXPRT *transport) {
    return transport != nullptr && transport->xp_ops == &listener_operations
               ? static_cast<SvcServer *>(transport->xp_p1)
               : nullptr;
}

Status SvcServer::reload() {
    if (auto loaded = context_.load(); !loaded)
        return loaded;
    recheck_requested_ = true;
    if (requests_.fd.is_open())
        (void)::eventfd_write(requests_.fd.get(), 1);
    return {};
}

void SvcServer::stop() noexcept {
    stop_requested_ = true;
    const int number = errno;
    const std::uint64_t one = 1;
    (void)!::write(requests_.fd.get(), &one, sizeof one);
    errno = number;
}

// ---- Connections ----

/// Whether there may be more.
bool SvcServer::accept_one() {
    auto guest = acceptor_->accept(context_);
    if (!guest || !guest->fd.is_open())
        return guest.has_value();
    const sockaddr_storage address = guest->address;
    auto connection = SvcConnection::open(shared_from_this(), std::move(*guest));
    if (!connection) {
        context_.log_refusal(peer_text(address), "libtirpc takes no more descriptors");
        return true;
    }
    SvcConnection *pointer = connection.get();
    connections_.emplace(pointer, Connection{std::move(connection), std::nullopt, deadlines_.end()});
    const auto idle_limit = context_.settings().limits.idle;
    if (idle_limit.count() > 0)
        set_deadline(*pointer, Clock::now() + idle_limit);
    return true;
}

bool_t SvcServer::listener_receive(SVCXPRT *transport, rpc_msg *) {
    SvcServer &server = server_of(transport);
    try {
        for (unsigned i = 0; i < most_accepted_in_turn && server.accept_one(); ++i)
            continue;
    } catch (const std::exception &) {
        // Out of memory: this connection is closed, and the next is tried when it comes.
    }
    return FALSE;
}

void SvcServer::remove(SvcConnection &connection) {
    const auto entry = connections_.find(&connection);
    if (entry == connections_.end())
        return;
    const auto self = shared_from_this(); // the connection may be the last to hold it
    if (entry->second.queued != deadlines_.end())
        deadlines_.erase(entry->second.queued);
    const auto owned = std::move(entry->second.connection);
    connections_.erase(entry);
    finish_if_drained();
}

// ---- Deadlines ----

void SvcServer::set_deadline(SvcConnection &connection, std::optional<Clock::time_point> when) {
    const auto found = connections_.find(&connection);
    if (found == connections_.end())
        return;
    Connection &entry = found->second;
    entry.deadline = when;
    // Most deadlines move away before they come: the queue is looked at anew only when one comes nearer.
    if (!when || (entry.queued != deadlines_.end() && entry.queued->first <= *when))
        return;
    if (entry.queued != deadlines_.end())
        deadlines_.erase(entry.queued);
    entry.queued = deadlines_.emplace(*when, &connection);
    if (entry.queued == deadlines_.begin())
        arm();
}

void SvcServer::arm() {
    std::optional<Clock::time_point> next;
    if (!deadlines_.empty())
        next = deadlines_.begin()->first;
    if (draining_ && !drained_ && (!next || drain_until_ < *next))
        next = drain_until_;
    itimerspec at{};
    if (next) {
        // The clock is CLOCK_MONOTONIC; zero would take the alarm off.
        const auto since =
            std::max<std::chrono::nanoseconds>(next->time_since_epoch(), std::chrono::nanoseconds(1));
        const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
        at.it_value.tv_sec = seconds.count();
        at.it_value.tv_nsec = (since - seconds).count();
    }
    (void)::timerfd_settime(timer_.fd.get(), TFD_TIMER_ABSTIME, &at, nullptr);
}

void SvcServer::keep_deadlines() {
    const auto now = Clock::now();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        SvcConnection &connection = *deadlines_.begin()->second;
        deadlines_.erase(deadlines_.begin());
        Connection &entry = connections_.at(&connection);
        entry.queued = deadlines_.end();
        if (!entry.deadline)
            continue;
        if (*entry.deadline > now || connection.is_busy()) {
            const auto later = std::max(*entry.deadline, now + std::chrono::milliseconds(100));
            entry.queued = deadlines_.emplace(connection.is_busy() ? later : *entry.deadline, &connection);
            continue;
        }
        connection.expire();
        remove(connection);
    }
    if (draining_ && !drained_ && drain_until_ <= now) {
        std::vector<SvcConnection *> rest;
        for (const auto &entry : connections_)
            if (!entry.first->is_busy())
                rest.push_back(entry.first);
        for (SvcConnection *connection : rest)
            remove(*connection);
        drain_until_ = now + std::chrono::milliseconds(100); // for those that a dispatch function has in hand
    }
    arm();
}

bool_t SvcServer::timer_receive(SVCXPRT *transport, rpc_msg *) {
    SvcServer &server = server_of(transport);
    const auto self = server.shared_from_this();
    std::uint64_t times = 0;
    (void)!::read(transport->xp_fd, &times, sizeof times);
    try {
        server.keep_deadlines();
    } catch (const std::exception &) {
        server.arm(); // out of memory: once more, then
    }
    return FALSE;
}

// ---- What other threads ask for ----

bool_t SvcServer::request_receive(SVCXPRT *transport, rpc_msg *) {
    SvcServer &server = server_of(transport);
    const auto self = server.shared_from_this();
    std::uint64_t times = 0;
    (void)!::read(transport->xp_fd, &times, sizeof times);
    try {
        server.take_requests();
    } catch (const std::exception &) {
        (void)::eventfd_write(transport->xp_fd, 1);
    }
    return FALSE;
}

void SvcServer::take_requests() {
    if (recheck_requested_.exchange(false))
        recheck_sessions();
    if (stop_requested_ && !draining_)
        begin_drain();
}

void SvcServer::recheck_sessions() {
    const auto now = context_.snapshot();
    for (const auto &entry : connections_)
        if (const auto fault = entry.first->objection(*now))
            entry.first->end("it is no longer accepted: " + fault->name);
}

void SvcServer::close_listener() {
    listener_entry_.remove(listener_);
    if (acceptor_)
        acceptor_->close();
}

void SvcServer::begin_drain() {
    draining_ = true;
    drain_until_ = Clock::now() + context_.settings().limits.drain;
    close_listener();
    // What has arrived already is still answered; what has nothing under way ends by being looked at.
    std::vector<int> all;
    for (const auto &entry : connections_)
        if (!entry.first->is_busy())
            all.push_back(entry.first->fd());
    for (const int fd : all)
        ::svc_getreq_common(fd);
    arm();
    finish_if_drained();
}

void SvcServer::finish_if_drained() {
    if (!draining_ || drained_ || !connections_.empty())
        return;
    drained_ = true;
    if (!runs_own_loop_)
        ::svc_exit();
}

Status SvcServer::run() {
    runs_own_loop_ = true;
    std::vector<pollfd> entries;
    while (!drained_ && svc_max_pollfd > 0) {
        try {
            entries.assign(svc_pollfd, svc_pollfd + svc_max_pollfd);
        } catch (const std::bad_alloc &) {
            // To end would be the end of every client; memory may come back.
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            continue;
        }
        const int ready = ::poll(entries.data(), entries.size(), -1);
        if (ready < 0 && errno != EINTR && errno != EAGAIN) {
            runs_own_loop_ = false;
            return system_error(Stage::rpc, "loop-failed", "the server cannot wait for its clients", errno);
        }
        if (ready > 0)
            ::svc_getreq_poll(entries.data(), ready);
    }
    runs_own_loop_ = false;
    return {};
}

void SvcServer::listener_destroy(SVCXPRT *transport) {
    server_of(transport).destroy();
}

/// The listener's transport goes, and all that came from it; a connection that a dispatch function has in hand when that
/// returns.
void SvcServer::destroy() {
    const auto self = std::move(self_);
    draining_ = drained_ = true;
    close_listener();
    std::vector<SvcConnection *> rest;
    for (const auto &entry : connections_)
        if (!entry.first->is_busy())
            rest.push_back(entry.first);
    for (SvcConnection *connection : rest)
        remove(*connection);
}

} // namespace rpctls::server
