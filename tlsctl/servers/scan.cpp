// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/servers/scan.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/text.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/servers/probe_report.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>

namespace rpctls::tlsctl {

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// "probed 12 of 256", over itself, and gone at the end.
class ProgressLine {
public:
    ProgressLine(std::size_t total, bool shown) : total_(total), shown_(shown) {}
    ~ProgressLine() {
        if (shown_)
            std::fputs("\r\033[K", stderr);
    }

    void step() {
        const std::lock_guard guard(mutex_);
        ++done_;
        const auto now = std::chrono::steady_clock::now();
        if (!shown_ || now - last_ < std::chrono::milliseconds(100))
            return;
        last_ = now;
        std::fprintf(stderr, "\rprobed %zu of %zu", done_, total_);
    }

private:
    std::mutex mutex_;
    std::size_t done_ = 0;
    std::size_t total_;
    bool shown_;
    std::chrono::steady_clock::time_point last_{};
};

/// act(0) … act(count - 1), on so many threads. They block in system calls nearly all the time.
void in_parallel(std::size_t count, unsigned threads, const std::function<void(std::size_t)> &act) {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < count; i = next++)
            act(i);
    };
    std::vector<std::jthread> workers;
    for (std::size_t i = 1; i < std::min<std::size_t>(threads, count); ++i)
        workers.emplace_back(work);
    work();
}

/// What came of one server: the last attempt that failed, else the last of all, and how long the good ones took.
struct Scanned {
    client::PreflightReport seen;
    std::size_t attempts = 0;
    std::size_t failures = 0;
    std::vector<double> took{};
};

Scanned probe_repeatedly(const client::PreflightRequest &request, unsigned repeat) {
    Scanned scanned;
    for (unsigned i = 0; i < repeat; ++i) {
        const auto began = std::chrono::steady_clock::now();
        auto seen = client::preflight(request);
        const Milliseconds took = std::chrono::steady_clock::now() - began;
        ++scanned.attempts;
        if (seen.failure)
            ++scanned.failures;
        else
            scanned.took.push_back(took.count());
        if (seen.failure || !scanned.seen.failure)
            scanned.seen = std::move(seen);
    }
    std::ranges::sort(scanned.took);
    return scanned;
}

std::string to_text(double milliseconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", milliseconds);
    return text;
}

std::string times_text(const Scanned &scanned) {
    if (scanned.took.empty())
        return "";
    const std::string median = to_text(scanned.took[scanned.took.size() / 2]);
    return scanned.attempts == 1
               ? median
               : to_text(scanned.took.front()) + "/" + median + "/" + to_text(scanned.took.back());
}

std::string detail(const Scanned &scanned) {
    const client::PreflightReport &seen = scanned.seen;
    std::string words;
    if (scanned.failures != 0 && scanned.attempts > 1)
        words = std::to_string(scanned.failures) + " of " + std::to_string(scanned.attempts) + " failed: ";
    if (seen.failure)
        return words + seen.failure->what;
    return seen.session ? join({seen.session->version, seen.session->cipher, seen.session->group}, ", ") : "";
}

nlohmann::json json_of(const ProbeTarget &target, const Scanned &scanned) {
    nlohmann::json json = probe_json(target.request, scanned.seen);
    json["name"] = target.name;
    json["attempts"] = scanned.attempts;
    json["failures"] = scanned.failures;
    json["ms"] = nullptr;
    if (!scanned.took.empty())
        json["ms"] = {{"min", scanned.took.front()},
                      {"median", scanned.took[scanned.took.size() / 2]},
                      {"max", scanned.took.back()}};
    if (scanned.seen.failure)
        json["error"] = to_json(*scanned.seen.failure);
    return json;
}

std::vector<ProbeTarget> expanded(const std::vector<ProbeTarget> &targets, unsigned parallel) {
    std::vector<std::vector<ProbeTarget>> addresses(targets.size());
    in_parallel(targets.size(), parallel, [&](std::size_t i) { addresses[i] = each_address(targets[i]); });
    std::vector<ProbeTarget> all;
    for (std::vector<ProbeTarget> &each : addresses)
        std::ranges::move(each, std::back_inserter(all));
    return all;
}

} // namespace

Report scan(std::vector<ProbeTarget> targets, const ScanOptions &options) {
    if (options.all_addresses)
        targets = expanded(targets, options.parallel);
    std::vector<Scanned> results(targets.size());
    {
        ProgressLine progress(targets.size(), options.show_progress);
        in_parallel(targets.size(), options.parallel, [&](std::size_t i) {
            results[i] = probe_repeatedly(targets[i].request, options.repeat);
            progress.step();
        });
    }
    Report report;
    report.json["servers"] = nlohmann::json::array();
    std::map<std::string, std::size_t> verdicts;
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const std::string verdict = probe_verdict(results[i].seen);
        ++verdicts[verdict];
        if (results[i].failures != 0)
            report.exit = Exit::no;
        rows.push_back(
            {targets[i].name, results[i].seen.address, verdict, times_text(results[i]), detail(results[i])});
        report.json["servers"].push_back(json_of(targets[i], results[i]));
    }
    report.text = table(
        {"SERVER", "ADDRESS", "VERDICT", options.repeat > 1 ? "MIN/MEDIAN/MAX ms" : "ms", "DETAIL"}, rows);
    std::vector<std::string> counts;
    for (const auto &[verdict, count] : verdicts)
        counts.push_back(std::to_string(count) + " " + verdict);
    report.text += "\n" + std::to_string(targets.size()) + " probed: " + join(counts, ", ") + "\n";
    report.json["probed"] = targets.size();
    report.json["verdicts"] = verdicts;
    return report;
}

} // namespace rpctls::tlsctl
