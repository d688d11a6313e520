// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/reload.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/certificate.hpp"

#include <nlohmann/json.hpp>

#include <sys/stat.h>

namespace rpctls::agent {

Fresh load_fresh(const std::optional<std::filesystem::path> &config, const std::filesystem::path &root,
                 const std::set<std::string> &names, const Snapshot &old) {
    const auto begun = std::chrono::system_clock::now();
    Fresh fresh{Snapshot::load(config, root), {}, begun, {}};
    if (!fresh.snapshot) {
        fresh.faults.push_back(fresh.snapshot.error());
        return fresh;
    }
    fresh.faults = (*fresh.snapshot)->faults();
    load_identities(fresh, names, old);
    return fresh;
}

void load_identities(Fresh &fresh, const std::set<std::string> &names, const Snapshot &old) {
    for (const std::string &name : names) {
        fresh.names.insert(name);
        if (auto loaded = (*fresh.snapshot)->load_named(Role::client, name);
            !loaded && loaded.error().name != "identity-unknown" && old.has_named(Role::client, name))
            fresh.faults.push_back(std::move(loaded).error());
    }
}

bool changed_since(const std::vector<std::filesystem::path> &files,
                   std::chrono::system_clock::time_point since) {
    using std::chrono::system_clock;
    // File times come from the kernel's tick, which is behind by up to 10 ms.
    const auto first = since - std::chrono::milliseconds(10);
    const auto last = system_clock::now();
    const auto in_time = [&](const struct stat &status) {
        const auto at = system_clock::time_point(std::chrono::duration_cast<system_clock::duration>(
            std::chrono::seconds(status.st_ctim.tv_sec) + std::chrono::nanoseconds(status.st_ctim.tv_nsec)));
        return at >= first &&
               at <= last; // a time to come is a clock that was put back: no reason to go round
    };
    struct stat status {};
    for (const auto &file : files)
        if ((::stat(file.c_str(), &status) == 0 && in_time(status)) ||
            (::lstat(file.c_str(), &status) == 0 && in_time(status)))
            return true;
    return false;
}

bool ReloadState::begin(ReloadReason reason) {
    if (!running_) {
        reason_ = reason;
        return running_ = true;
    }
    if (!next_ || reason == ReloadReason::asked)
        next_ = reason;
    return false;
}

bool ReloadState::end(std::optional<Error> failure, Time now) {
    const auto before = std::exchange(failure_, std::move(failure));
    running_ = false;
    last_ = now;
    ++(failure_ ? failures_ : successes_);
    const bool known = before && failure_ && summary(*before) == summary(*failure_);
    return failure_ && (!known || reason_ == ReloadReason::asked);
}

std::optional<ReloadReason> ReloadState::next() {
    return std::exchange(next_, std::nullopt);
}

nlohmann::json to_json(const ReloadState &state) {
    const char *outcome = !state.last() ? "none" : state.failure() ? "failed" : "ok";
    return {{"outcome", outcome},
            {"running", state.running()},
            {"at", state.last() ? nlohmann::json(format_time(*state.last())) : nlohmann::json()},
            {"successes", state.successes()},
            {"failures", state.failures()},
            {"failure", state.failure() ? rpctls::to_json(*state.failure()) : nlohmann::json()}};
}

} // namespace rpctls::agent
