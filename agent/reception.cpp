// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/reception.hpp"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>

namespace rpctls::agent {

namespace {

/// After a refusal, so that what causes it (no descriptor is left) has time to pass.
constexpr int retry_ms = 100;

/// Real time where it is allowed (CAP_SYS_NICE, or LimitRTPRIO=1 in the unit), else the best of the ordinary.
bool hurry_this_thread() {
    sched_param least{};
    least.sched_priority = ::sched_get_priority_min(SCHED_RR);
    return ::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &least) == 0 ||
           ::setpriority(PRIO_PROCESS, 0, -20) == 0;
}

} // namespace

Reception::Reception(RequestSource &source, const Log &log, Taken taken, Failed failed)
    : source_(source), log_(log), taken_(std::move(taken)), failed_(std::move(failed)) {}

Reception::~Reception() {
    stop();
}

Status Reception::start() {
    stop_ = Fd(::eventfd(0, EFD_CLOEXEC));
    if (!stop_.is_open())
        return system_error(Stage::kernel, "reception-failed", "cannot serve the kernel's requests", errno);
    // Signals are the main thread's.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "reception");
        run();
    });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return {};
}

void Reception::stop(bool successor) {
    if (!thread_.joinable())
        return;
    successor_ = successor;
    // The counter takes any number of these; it cannot fail.
    (void)::eventfd_write(stop_.get(), 1);
    thread_.join();
}

void Reception::run() {
    if (!hurry_this_thread())
        log_.write(Priority::notice,
                   "the kernel's requests are taken at ordinary priority: on a busy host a burst of "
                   "them may overflow the kernel's list; hint: run with CAP_SYS_NICE or LimitRTPRIO=1");
    // An agent that was there before may have left some.
    bool all_taken = take_all();
    for (;;) {
        std::array<pollfd, 2> ready{pollfd{stop_.get(), POLLIN, 0},
                                    pollfd{source_.notification_fd(), POLLIN, 0}};
        if (::poll(ready.data(), ready.size(), all_taken ? -1 : retry_ms) < 0)
            continue; // EINTR cannot be with all signals blocked, ENOMEM passes
        if (ready[0].revents != 0)
            break;
        if (ready[1].revents != 0) {
            const auto waiting = source_.read_notifications();
            if (!waiting) {
                failed_(waiting.error());
                // A socket that stays broken must not keep this thread, of all threads, busy.
                (void)::poll(ready.data(), 1, retry_ms);
            }
            all_taken = all_taken && waiting && !*waiting;
        }
        if (!all_taken)
            all_taken = take_all();
    }
    if (successor_)
        return;
    source_.leave();
    // What was announced before would otherwise wait for its consumer's own timeout.
    (void)take_all();
}

bool Reception::take_all() {
    for (;;) {
        auto request = source_.accept();
        if (!request) {
            failed_(request.error());
            return false;
        }
        if (!*request)
            return true;
        taken_(std::move(**request));
    }
}

} // namespace rpctls::agent
