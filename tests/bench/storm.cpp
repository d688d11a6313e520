// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Many clients against one RPC-with-TLS server: each connects, probes, shakes hands, makes one NULL call inside TLS and
// closes. Prints one JSON object.
//
// usage: bench_storm HOST PORT CLIENTS CONCURRENCY TRUSTSTORE SERVER-NAME [CERTIFICATE KEY]
#include "rpc/base/text.hpp"
#include "rpc/client/preflight.hpp"

#include <nlohmann/json.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace rpctls;
using Clock = std::chrono::steady_clock;

namespace {

struct Tally {
    std::mutex lock;
    std::map<std::string, unsigned> failures; ///< by stage and cause
    std::vector<double> milliseconds;         ///< of those that succeeded
    unsigned offered = 0;                     ///< clients whose probe was answered with STARTTLS
};

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval &time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void run_client(const client::PreflightRequest &request, Tally &tally) {
    const auto begin = Clock::now();
    const auto report = client::preflight(request);
    const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
    const std::lock_guard hold(tally.lock);
    if (report.offer == client::TlsOffer::offered)
        ++tally.offered;
    if (report.failure)
        ++tally.failures[std::string(to_string(report.failure->stage)) + "/" + report.failure->name];
    else
        tally.milliseconds.push_back(took.count());
}

double at_rank(const std::vector<double> &sorted, double share) {
    if (sorted.empty())
        return 0;
    const auto last = static_cast<double>(sorted.size() - 1);
    return sorted[static_cast<std::size_t>(share * last)];
}

Result<client::PreflightRequest> request_from(const std::vector<std::string> &arguments) {
    tls::CredentialSources sources;
    sources.truststore = arguments[4];
    if (arguments.size() == 8)
        sources.identity = tls::IdentityFiles{arguments[6], arguments[7]};
    auto credentials = tls::Credentials::load(std::move(sources));
    if (!credentials)
        return std::move(credentials).error();
    client::PreflightRequest request;
    request.host = arguments[0];
    request.port = static_cast<std::uint16_t>(std::stoul(arguments[1]));
    request.server_name = arguments[5];
    request.present_identity = arguments.size() == 8;
    request.credentials = std::move(*credentials);
    request.reserved_port = false;
    request.timeout = std::chrono::seconds(60);
    request.stage_timeout = std::chrono::seconds(30);
    return request;
}

} // namespace

int main(int argc, char **argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() != 6 && arguments.size() != 8) {
        std::cerr
            << "usage: bench_storm HOST PORT CLIENTS CONCURRENCY TRUSTSTORE SERVER-NAME [CERTIFICATE KEY]\n";
        return 2;
    }
    const auto request = request_from(arguments);
    if (!request) {
        std::cerr << "bench_storm: " << summary(request.error()) << "\n";
        return 1;
    }
    const auto clients = std::stoul(arguments[2]);
    const auto concurrency = std::min(std::stoul(arguments[3]), clients);

    Tally tally;
    std::atomic<unsigned long> begun{0};
    const auto begin = Clock::now();
    std::vector<std::thread> threads;
    for (unsigned long i = 0; i < concurrency; ++i)
        threads.emplace_back([&] {
            while (begun++ < clients)
                run_client(*request, tally);
        });
    for (std::thread &thread : threads)
        thread.join();
    const std::chrono::duration<double> took = Clock::now() - begin;

    auto &times = tally.milliseconds;
    std::ranges::sort(times);
    std::cout << nlohmann::json{{"clients", clients},
                                {"concurrency", concurrency},
                                {"offered", tally.offered},
                                {"succeeded", times.size()},
                                {"failures", tally.failures},
                                {"seconds", took.count()},
                                {"per_second", static_cast<double>(times.size()) / took.count()},
                                {"median_ms", at_rank(times, 0.5)},
                                {"p99_ms", at_rank(times, 0.99)},
                                {"slowest_ms", at_rank(times, 1)},
                                {"client_cpu_seconds", cpu_seconds()}}
              << "\n";
}
