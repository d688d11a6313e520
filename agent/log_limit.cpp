// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/log_limit.hpp"

#include "rpc/base/text.hpp"

#include <utility>

namespace rpctls::agent {

bool LogLimit::admit(std::string_view cause, std::string_view peer, Clock::time_point now) {
    const std::lock_guard lock(lock_);
    auto found = causes_.find(cause);
    if (found != causes_.end() && now - found->second.begun >= window) {
        end(found->first, found->second, now);
        causes_.erase(found);
        found = causes_.end();
    }
    if (found == causes_.end())
        found = causes_.emplace(std::string(cause), Cause{now, {}, {}}).first;
    Cause &own = found->second;
    const auto known = own.peers.find(peer);
    Count *count = known == own.peers.end() ? &own.all : &known->second;
    const bool full =
        (count != &own.all && count->written >= most_for_peer) || own.all.written >= most_for_cause;
    if (full) {
        ++count->withheld;
        ++withheld_;
        return false;
    }
    ++own.all.written;
    ++(count == &own.all ? own.peers[std::string(peer)] : *count).written;
    return true;
}

void LogLimit::end(const std::string &name, const Cause &cause, Clock::time_point now) {
    const auto within = std::chrono::ceil<std::chrono::seconds>(now - cause.begun);
    for (const auto &[peer, count] : cause.peers)
        if (count.withheld > 0)
            ended_.push_back({name, peer, count.withheld, within});
    if (cause.all.withheld > 0)
        ended_.push_back({name, "", cause.all.withheld, within});
}

std::vector<LogLimit::Summary> LogLimit::summaries(Clock::time_point now) {
    const std::lock_guard lock(lock_);
    std::erase_if(causes_, [&](const auto &entry) {
        const bool over = now - entry.second.begun >= window;
        if (over)
            end(entry.first, entry.second, now);
        return over;
    });
    return std::exchange(ended_, {});
}

std::vector<LogLimit::Summary> LogLimit::last_summaries(Clock::time_point now) {
    const std::lock_guard lock(lock_);
    for (const auto &[name, cause] : causes_)
        end(name, cause, now);
    causes_.clear();
    return std::exchange(ended_, {});
}

std::uint64_t LogLimit::withheld() const {
    const std::lock_guard lock(lock_);
    return withheld_;
}

std::string text_of(const LogLimit::Summary &summary) {
    return std::to_string(summary.count) + " more " +
           (summary.peer.empty() ? "failures" : "with " + printable(summary.peer)) + " like this (" +
           summary.cause + ") in " + std::to_string(summary.within.count()) + " s";
}

} // namespace rpctls::agent
