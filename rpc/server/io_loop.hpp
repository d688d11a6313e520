// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpc/wire/spare_room.hpp"
#include "rpctls/result.hpp"

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace rpctls::server {

/// One thread's loop over epoll(7): descriptors, deadlines, and what other threads ask of it. Everything but post() is for
/// the thread that runs it, or before it runs.
class IoLoop {
public:
    using Clock = std::chrono::steady_clock;
    using Task = std::function<void()>;

    /// Who is called. It may have itself forgotten within a call, and be gone after that.
    class Client {
    public:
        /// Its descriptor is ready (EPOLL…), or it was hurried (0).
        virtual void on_ready(std::uint32_t events) = 0;
        virtual void on_time() = 0;

    protected:
        Client() = default;
        Client(const Client &) = delete;
        Client &operator=(const Client &) = delete;
        virtual ~Client() = default;

    private:
        friend class IoLoop;
        std::optional<std::uint32_t> events_; ///< waited for; absent: not even errors
        std::optional<Clock::time_point> deadline_;
        std::optional<std::multimap<Clock::time_point, Client *>::iterator>
            queued_; ///< at its deadline or before
        bool is_hurried_ = false;
    };

    /// Error (stage input): server-failed.
    static Result<std::shared_ptr<IoLoop>> open();

    /// Until finish() was called.
    void run();
    void finish() { is_finished_ = true; }

    /// A task with all the memory that post() needs: for those who could not go on without having posted it.
    using Prepared = std::list<Task>;
    static Prepared prepared(Task task);

    /// From any thread: to be done in the loop's, in the order of the calls. What comes after its end is dropped.
    void post(Task task) { post(prepared(std::move(task))); }
    void post(Prepared task) noexcept;
    bool is_own_thread() const { return thread_ == std::this_thread::get_id(); }

    /// Waits for `events`; absent: leaves the descriptor alone altogether. Throws std::bad_alloc when the kernel does not
    /// take it.
    void want(Client &client, int fd, std::optional<std::uint32_t> events);
    /// on_time() then, unless another time is said before; absent: never.
    void set_deadline(Client &client, std::optional<Clock::time_point> when);
    /// on_ready(0) before the loop waits again.
    void hurry(Client &client);
    void forget(Client &client, int fd);
    /// Room for what is read.
    std::span<std::byte> scratch() { return scratch_; }
    wire::SpareRoom &spare() { return spare_; }

private:
    IoLoop();
    void take_events(int timeout);
    void take_tasks();
    void take_hurried();
    void take_deadlines();
    int time_to_wait() const;

    Fd epoll_, wake_;
    std::atomic<std::thread::id> thread_{};
    bool is_finished_ = false;

    std::mutex mutex_;
    Prepared tasks_;
    bool is_closed_ = false;

    std::array<epoll_event, 64> events_{};
    int next_event_ = 0, event_count_ = 0;
    std::vector<Client *> hurried_;
    std::multimap<Clock::time_point, Client *> deadlines_;
    std::vector<std::byte> scratch_;
    wire::SpareRoom spare_;
};

} // namespace rpctls::server
