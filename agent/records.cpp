// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/records.hpp"

#include "agent/outcome.hpp"

#include "rpc/base/text.hpp"

#include <algorithm>

namespace rpctls::agent {

void Records::count_success(Role role, std::chrono::microseconds duration) {
    const std::lock_guard lock(lock_);
    ++totals_.handshakes;
    RoleTotals &own = role == Role::client ? totals_.client : totals_.server;
    ++own.handshakes;
    own.latency.add(duration);
}

void Records::add_failure(const Error &error) {
    ++totals_.failures;
    ++totals_.causes[error.name]; // names are our own, so there are only so many
    if (is_rejection(error))
        ++totals_.rejected;
}

void Records::count_failure(Role role, const Error &error) {
    const std::lock_guard lock(lock_);
    add_failure(error);
    RoleTotals &own = role == Role::client ? totals_.client : totals_.server;
    ++own.failures;
    ++own.causes[error.name];
}

void Records::count_failure(const Error &error) {
    const std::lock_guard lock(lock_);
    add_failure(error);
}

Records::Totals Records::totals() const {
    const std::lock_guard lock(lock_);
    return totals_;
}

void Records::remember(std::string_view server, const Error &error, Clock::time_point now) {
    const std::lock_guard lock(lock_);
    std::erase_if(failures_, [&](const auto &entry) { return now - entry.second.at > remembered; });
    if (failures_.size() >= most_remembered)
        failures_.erase(
            std::min_element(failures_.begin(), failures_.end(),
                             [](const auto &a, const auto &b) { return a.second.at < b.second.at; }));
    failures_.insert_or_assign(lower_case(server), Failure{error, now});
}

void Records::forget(std::string_view server) {
    const std::lock_guard lock(lock_);
    failures_.erase(lower_case(server));
}

std::optional<Error> Records::last_failure(std::string_view server, Clock::time_point now) const {
    const std::lock_guard lock(lock_);
    const auto found = failures_.find(lower_case(server));
    if (found == failures_.end() || now - found->second.at > remembered)
        return {};
    return found->second.error;
}

} // namespace rpctls::agent
