// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/serving.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <system_error>

namespace rpctls::server {

namespace {

constexpr unsigned most_accepted_in_turn = 32;
constexpr unsigned most_threads_by_default = 4;

/// The lines of several threads, one at a time.
SvcSettings with_locked_log(SvcSettings settings) {
    settings.log = [log = std::move(settings.log),
                    mutex = std::make_shared<std::mutex>()](const std::string &line) {
        const std::scoped_lock lock(*mutex);
        log(line);
    };
    return settings;
}

Server::Options with_defaults(Server::Options options) {
    const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
    if (options.io_threads == 0)
        options.io_threads = std::min(processors, most_threads_by_default);
    if (options.handshake_threads == 0)
        options.handshake_threads = std::clamp(processors / 2, 1U, most_threads_by_default);
    options.calls_per_connection = std::max(1U, options.calls_per_connection);
    return options;
}

/// Threads inherit it: signals are for the program's own.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked &) = delete;
    SignalsBlocked &operator=(const SignalsBlocked &) = delete;

private:
    sigset_t before_{};
};

} // namespace

Serving::Serving(SvcSettings settings, Server::Options options)
    : hall_(with_locked_log(std::move(settings)), with_defaults(std::move(options))),
      stop_request_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Serving::~Serving() {
    stop();
    wait();
}

Status Serving::open(Fd listener) {
    if (auto loaded = hall_.context.load(); !loaded)
        return loaded;
    auto opened = Acceptor::open(std::move(listener));
    if (!opened)
        return std::move(opened).error();
    acceptor_ = std::move(*opened);
    port_ = acceptor_->port();
    if (!stop_request_.is_open())
        return system_error(Stage::input, "server-failed", "a server gets no descriptor", errno);
    while (threads_.size() < hall_.options.io_threads) {
        auto thread = ServingThread::open(hall_);
        if (!thread)
            return std::move(thread).error();
        threads_.push_back(std::move(*thread));
    }
    return {};
}

Status Serving::start() {
    if (std::exchange(is_started_, true))
        return Error{Stage::input, "server-failed", "this server was started before"};
    const SignalsBlocked blocked;
    IoLoop &first = *threads_.front()->loop();
    first.want(gate_, acceptor_->fd(), EPOLLIN);
    first.want(stop_, stop_request_.get(), EPOLLIN);
    try {
        hall_.work.start(hall_.options.handshake_threads);
        // The first is the one that lets connections in: the others are there by then.
        for (auto thread = threads_.rbegin(); thread != threads_.rend(); ++thread)
            (*thread)->start();
    } catch (const std::system_error &failure) {
        for (const auto &thread : threads_)
            thread->drain(IoLoop::Clock::now());
        return system_error(Stage::input, "server-failed", "a server gets no threads",
                            failure.code().value());
    }
    return {};
}

void Serving::accept() {
    for (unsigned i = 0; i < most_accepted_in_turn; ++i) {
        auto guest = acceptor_->accept(hall_.context);
        if (!guest)
            return;
        if (!guest->fd.is_open())
            continue;
        threads_[next_++ % threads_.size()]->take_in(std::move(*guest));
    }
}

void Serving::begin_drain() {
    if (std::exchange(is_draining_, true))
        return;
    IoLoop &first = *threads_.front()->loop();
    first.forget(gate_, acceptor_->fd());
    first.forget(stop_, stop_request_.get());
    acceptor_->close();
    const auto until = IoLoop::Clock::now() + hall_.context.settings().limits.drain;
    for (const auto &thread : threads_)
        thread->drain(until);
}

void Serving::wait() {
    if (!is_started_)
        return;
    for (const auto &thread : threads_)
        thread->join();
    hall_.work.stop();
}

void Serving::stop() noexcept {
    const int number = errno;
    const std::uint64_t one = 1;
    (void)!::write(stop_request_.get(), &one, sizeof one);
    errno = number;
}

Status Serving::reload() {
    if (auto loaded = hall_.context.load(); !loaded)
        return loaded;
    for (const auto &thread : threads_)
        thread->recheck();
    return {};
}

} // namespace rpctls::server
