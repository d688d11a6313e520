// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Reloading. It is asked for by SIGHUP, or by files that changed and then rested for a moment. One at a time runs, on the
// background thread; what is asked for meanwhile is done once more afterwards. The new snapshot takes the old one's
// place when all that is configured could be loaded, certificates matching their keys; otherwise the old one stays, the
// reason is logged once and kept for the status, and the files that were missing or broken are watched for their
// second half.
#include "agent/agent.hpp"

#include "rpc/tls/library_log.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <ctime>
#include <iterator>

namespace rpctls::agent {

namespace {

void notify_reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds = static_cast<unsigned long long>(now.tv_sec) * 1'000'000 +
                              static_cast<unsigned long long>(now.tv_nsec) / 1000;
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", microseconds);
}

} // namespace

/// What the snapshot in use was made from, and `settings`, which may be those of one that was refused. Returns those that
/// nobody watched before.
std::vector<std::filesystem::path> Agent::watch_files(const tls::Settings &settings) {
    auto files = files_of(snapshot_->settings(), options_.config, options_.root, registrations_.identities());
    for (auto &file : files_of(settings, options_.config, options_.root, {}))
        files.push_back(std::move(file));
    if (!watch_) {
        auto opened = FileWatch::open(context_, [this] { reload(ReloadReason::files_changed); });
        if (!opened) {
            log_.write(Priority::warning, "", opened.error());
            return files;
        }
        watch_ = std::move(*opened);
    }
    if (auto watched = watch_->watch(watch_points(files)); !watched)
        log_.write(Priority::warning, "", watched.error());
    std::set<std::filesystem::path> now(files.begin(), files.end());
    std::vector<std::filesystem::path> added;
    std::ranges::set_difference(now, watched_, std::back_inserter(added));
    watched_ = std::move(now);
    return added;
}

/// What was read before anybody watched may have changed since.
void Agent::start_watching() {
    if (changed_since(watch_files(snapshot_->settings()), snapshot_->begun()))
        return reload(ReloadReason::files_changed);
    // Mounts of before go on with these: no handshake is to read them first, and their end is to be warned of.
    background_.run([snapshot = snapshot_, names = registrations_.identities()] {
        for (const std::string &name : names)
            (void)snapshot->load_named(Role::client, name);
    });
}

void Agent::reload(ReloadReason reason) {
    if (stopping_ || !reload_.begin(reason))
        return;
    if (watch_)
        watch_->forget(); // what has changed up to now is read now
    notify_reloading();
    background_.run([this, config = options_.config, root = options_.root,
                     names = registrations_.identities(), old = snapshot_] {
        auto fresh = std::make_shared<Fresh>(load_fresh(config, root, names, *old));
        asio::post(context_, [this, fresh] { install(std::move(*fresh)); });
    });
}

/// Identities registered since the reading began are read, too, before the new snapshot is used: one that could be used
/// until now must not be given up for a broken one.
bool Agent::read_the_rest(Fresh &fresh) {
    std::set<std::string> rest;
    std::ranges::set_difference(registrations_.identities(), fresh.names, std::inserter(rest, rest.end()));
    if (!fresh.snapshot || rest.empty())
        return false;
    background_.run([this, rest, shared = std::make_shared<Fresh>(std::move(fresh)), old = snapshot_] {
        load_identities(*shared, rest, *old);
        asio::post(context_, [this, shared] { install(std::move(*shared)); });
    });
    return true;
}

void Agent::install(Fresh fresh) {
    if (stopping_ || read_the_rest(fresh))
        return;
    const bool good = fresh.faults.empty();
    const bool tell = reload_.end(good ? std::optional<Error>() : fresh.faults.front());
    if (good) {
        snapshot_ = *fresh.snapshot;
        tls::set_library_log_level(snapshot_->settings().tls_debug_level);
        for (const std::string &warning : snapshot_->settings().warnings)
            log_.write(Priority::warning, warning);
        log_.write(Priority::notice, "settings and credentials reloaded");
    } else if (tell) {
        for (const Error &fault : fresh.faults)
            log_.write(Priority::error, "keeping the old settings: ", fault);
    }
    (void)sd_notify(0, good ? "READY=1\nSTATUS=waiting for handshake requests"
                            : "READY=1\nSTATUS=the last reload failed, the old settings are in use");

    warn_of_expiry();

    // The new watches come after the reading: what changed in between is read again.
    const tls::Settings &read = fresh.snapshot ? (*fresh.snapshot)->settings() : snapshot_->settings();
    const bool stale = changed_since(watch_files(read), fresh.begun);
    if (const auto reason = reload_.next())
        reload(*reason);
    else if (stale && watch_)
        watch_->stir(); // not at once: a file that never rests would keep us reading
}

} // namespace rpctls::agent
