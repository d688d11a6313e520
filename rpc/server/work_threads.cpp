// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/work_threads.hpp"

#include <unistd.h>

namespace rpctls::server {

namespace {

/// Added to a thread's niceness, which is each thread's own on Linux: a tenth of the processor's time beside one that
/// serves calls, all of it when none does.
constexpr int niceness = 10;

} // namespace

void WorkThreads::start(unsigned count) {
    while (threads_.size() < count)
        threads_.emplace_back([this] { run(); });
}

void WorkThreads::run() {
    (void)!::nice(niceness);
    for (;;) {
        Work work;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
            if (queue_.empty())
                return;
            work = std::move(queue_.front());
            queue_.pop_front();
        }
        work();
    }
}

void WorkThreads::post(Work work) {
    {
        const std::scoped_lock lock(mutex_);
        queue_.push_back(std::move(work));
    }
    changed_.notify_one();
}

void WorkThreads::stop() {
    {
        const std::scoped_lock lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread &thread : threads_)
        thread.join();
    threads_.clear();
}

} // namespace rpctls::server
