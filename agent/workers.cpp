// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/workers.hpp"

#include "agent/fair_queue.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <thread>
#include <unordered_map>

namespace rpctls::agent {

class Workers::Worker {
public:
    explicit Worker(const Workers &pool)
        : pool_(pool), context_(1),
          work_(context_.get_executor()), place_{context_, pool.prime_, pool.silent_peers_,
                                                 [this](const std::string &peer, std::function<void()> step) {
                                                     ready_.push(peer, std::move(step));
                                                     if (!std::exchange(turning_, true))
                                                         asio::post(context_, [this] { turn(); });
                                                 }} {
        // Signals are the main thread's: a worker is not to be interrupted by them.
        sigset_t all, before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        thread_ = std::thread([this] {
            ::pthread_setname_np(::pthread_self(), "handshakes");
            context_.run();
        });
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    ~Worker() {
        context_.stop();
        thread_.join();
    }

    void start(Work work) {
        ++load_;
        // Asio's handlers may have to be copied; a Work cannot.
        auto shared = std::make_shared<Work>(std::move(work));
        asio::post(context_, [this, shared] { begin(std::move(*shared)); });
    }

    void run(std::function<void()> task) { asio::post(context_, std::move(task)); }

    void abort(const Error &reason) {
        asio::post(context_, [this, reason] {
            const auto all = std::exchange(live_, {});
            for (const auto &[key, handshake] : all)
                handshake->abort(reason);
        });
    }

    std::size_t load() const { return load_; }

private:
    void begin(Work work) {
        const auto key = ++last_key_;
        auto finished = [this, key, outlet = std::move(work.outlet)](kernel::HandshakeRequest request,
                                                                     Report report) {
            live_.erase(key);
            (outlet ? outlet : pool_.finished_)(std::move(request), std::move(report));
            --load_;
        };
        auto handshake = std::make_shared<Handshake>(place_, std::move(work), std::move(finished));
        live_.emplace(key, handshake);
        handshake->start();
    }

    /// One step, then whatever else waits on the context (new octets, deadlines), then the next.
    void turn() {
        ready_.pop()();
        turning_ = !ready_.empty();
        if (turning_)
            asio::post(context_, [this] { turn(); });
    }

    const Workers &pool_;
    asio::io_context context_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    Workplace place_;
    FairQueue<std::function<void()>> ready_; ///< this thread's
    bool turning_ = false;                   ///< this thread's: a turn() is posted
    std::atomic<std::size_t> load_{0};
    std::uint64_t last_key_ = 0;                                         ///< this thread's
    std::unordered_map<std::uint64_t, std::shared_ptr<Handshake>> live_; ///< this thread's
    std::thread thread_;
};

Workers::Workers(unsigned threads, PrimeKtls prime, SilentPeers &silent_peers, Finished finished)
    : prime_(std::move(prime)), silent_peers_(silent_peers), finished_(std::move(finished)) {
    for (unsigned i = 0; i < std::max(threads, 1u); ++i)
        workers_.push_back(std::make_unique<Worker>(*this));
}

Workers::~Workers() = default;

Workers::Worker &Workers::least_busy() {
    return **std::min_element(workers_.begin(), workers_.end(),
                              [](const auto &a, const auto &b) { return a->load() < b->load(); });
}

void Workers::start(Work work) {
    least_busy().start(std::move(work));
}

void Workers::on_each(const std::function<void()> &task) {
    for (const auto &worker : workers_)
        worker->run(task);
}

void Workers::abort(const Error &reason) {
    for (const auto &worker : workers_)
        worker->abort(reason);
}

std::size_t Workers::in_flight() const {
    std::size_t sum = 0;
    for (const auto &worker : workers_)
        sum += worker->load();
    return sum;
}

} // namespace rpctls::agent
