// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bench/stretches.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include <ctime>
#include <new>
#include <stdexcept>

namespace rpctls::bench {

namespace {

std::atomic<Stretches *> watched{nullptr};
thread_local std::int64_t begun = -1; ///< this thread's processor time when its last wait ended

std::int64_t processor_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::int64_t{1000000000} * time.tv_sec + time.tv_nsec;
}

/// While a thread waits.
class Wait {
public:
    Wait() {
        Stretches *const stretches = watched;
        if (stretches == nullptr || begun < 0)
            return;
        const std::int64_t time = processor_time() - begun;
        ++stretches->all;
        if (time > 5000000)
            ++stretches->over_5_ms;
        for (auto longest = stretches->longest.load();
             longest < time && !stretches->longest.compare_exchange_weak(longest, time);)
            continue;
    }
    ~Wait() { begun = processor_time(); }
    Wait(const Wait &) = delete;
    Wait &operator=(const Wait &) = delete;
};

} // namespace

Stretches &shared_stretches() {
    void *const room =
        ::mmap(nullptr, sizeof(Stretches), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        throw std::runtime_error("no shared memory");
    return *new (room) Stretches;
}

void watch_stretches(Stretches &stretches) {
    watched = &stretches;
}

} // namespace rpctls::bench

// In the place of libc's, for what is linked into this program and, by default visibility, for libtirpc.
extern "C" [[gnu::visibility("default")]] int epoll_wait(int epoll, epoll_event *events, int most,
                                                         int timeout) {
    const rpctls::bench::Wait wait;
    return ::epoll_pwait(epoll, events, most, timeout, nullptr);
}

extern "C" [[gnu::visibility("default")]] int poll(pollfd *entries, nfds_t count, int timeout) {
    const rpctls::bench::Wait wait;
    timespec time{timeout / 1000, timeout % 1000 * 1000000L};
    return ::ppoll(entries, count, timeout < 0 ? nullptr : &time, nullptr);
}

/// What poll(2) is called in a library that was compiled with _FORTIFY_SOURCE, as Debian's are.
extern "C" [[gnu::visibility("default")]] int __poll_chk(pollfd *entries, nfds_t count, int timeout,
                                                         std::size_t) {
    return ::poll(entries, count, timeout);
}
