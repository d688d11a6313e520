// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/io_loop.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>

namespace rpctls::server {

namespace {

constexpr std::size_t scratch_size = 64 << 10;

} // namespace

IoLoop::IoLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      scratch_(scratch_size) {}

Result<std::shared_ptr<IoLoop>> IoLoop::open() {
    std::shared_ptr<IoLoop> loop(new IoLoop());
    epoll_event event{};
    event.events = EPOLLIN;
    if (!loop->epoll_.is_open() || !loop->wake_.is_open() ||
        ::epoll_ctl(loop->epoll_.get(), EPOLL_CTL_ADD, loop->wake_.get(), &event) != 0)
        return system_error(Stage::input, "server-failed", "a server's thread gets no descriptors", errno);
    return loop;
}

void IoLoop::run() {
    thread_ = std::this_thread::get_id();
    while (!is_finished_) {
        try {
            take_events(time_to_wait());
            take_tasks();
            take_hurried();
            take_deadlines();
        } catch (const std::exception &) {
            // Out of memory for one thing: the others go on.
        }
    }
    Prepared rest;
    {
        const std::scoped_lock lock(mutex_);
        is_closed_ = true;
        rest.swap(tasks_);
    }
    thread_ = std::thread::id();
}

IoLoop::Prepared IoLoop::prepared(Task task) {
    Prepared one;
    one.push_back(std::move(task));
    return one;
}

void IoLoop::post(Prepared task) noexcept {
    bool is_first = false;
    {
        const std::scoped_lock lock(mutex_);
        if (is_closed_)
            return;
        is_first = tasks_.empty();
        tasks_.splice(tasks_.end(), task);
    }
    if (is_first)
        (void)::eventfd_write(wake_.get(), 1);
}

int IoLoop::time_to_wait() const {
    if (!hurried_.empty())
        return 0;
    if (deadlines_.empty())
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadlines_.begin()->first - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60000));
}

void IoLoop::take_events(int timeout) {
    event_count_ = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout);
    for (next_event_ = 0; next_event_ < event_count_;) {
        const epoll_event &event = events_[static_cast<std::size_t>(next_event_++)];
        if (event.data.ptr != nullptr)
            static_cast<Client *>(event.data.ptr)->on_ready(event.events);
    }
    event_count_ = 0;
}

void IoLoop::take_tasks() {
    std::uint64_t count = 0;
    (void)::eventfd_read(wake_.get(), &count);
    Prepared tasks;
    {
        const std::scoped_lock lock(mutex_);
        tasks.swap(tasks_);
    }
    for (Task &task : tasks) {
        try {
            task();
        } catch (const std::exception &) {
            // Out of memory for this one.
        }
        task = nullptr; // what it held goes before the next
    }
}

void IoLoop::take_hurried() {
    // Those that are hurried meanwhile have their turn when descriptors have had theirs.
    for (std::size_t left = hurried_.size(); left > 0 && !hurried_.empty(); --left) {
        Client *client = hurried_.front();
        hurried_.erase(hurried_.begin());
        client->is_hurried_ = false;
        client->on_ready(0);
    }
}

void IoLoop::take_deadlines() {
    const auto now = Clock::now();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        Client &client = *deadlines_.begin()->second;
        deadlines_.erase(deadlines_.begin());
        client.queued_.reset();
        if (!client.deadline_)
            continue;
        if (*client.deadline_ > now) {
            client.queued_ = deadlines_.emplace(*client.deadline_, &client);
        } else {
            client.deadline_.reset();
            client.on_time();
        }
    }
}

void IoLoop::want(Client &client, int fd, std::optional<std::uint32_t> events) {
    if (events == client.events_)
        return;
    epoll_event event{};
    event.events = events.value_or(0);
    event.data.ptr = &client;
    const int operation = !events ? EPOLL_CTL_DEL : !client.events_ ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(epoll_.get(), operation, fd, &event) != 0 && operation != EPOLL_CTL_DEL)
        throw std::bad_alloc();
    client.events_ = events;
}

void IoLoop::set_deadline(Client &client, std::optional<Clock::time_point> when) {
    client.deadline_ = when;
    // Most deadlines move away before they come: the queue is looked at anew only when one comes nearer.
    if (!when || (client.queued_ && (*client.queued_)->first <= *when))
        return;
    if (client.queued_)
        deadlines_.erase(*client.queued_);
    client.queued_.reset();
    client.queued_ = deadlines_.emplace(*when, &client);
}

void IoLoop::hurry(Client &client) {
    if (client.is_hurried_)
        return;
    hurried_.push_back(&client);
    client.is_hurried_ = true;
}

void IoLoop::forget(Client &client, int fd) {
    want(client, fd, std::nullopt);
    client.deadline_.reset();
    if (client.queued_)
        deadlines_.erase(*client.queued_);
    client.queued_.reset();
    std::erase(hurried_, &client);
    client.is_hurried_ = false;
    for (int i = next_event_; i < event_count_; ++i)
        if (auto &event = events_[static_cast<std::size_t>(i)]; event.data.ptr == &client)
            event.data.ptr = nullptr;
}

} // namespace rpctls::server
