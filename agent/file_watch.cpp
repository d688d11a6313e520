// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/file_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace rpctls::agent {

namespace {

constexpr std::uint32_t mask = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MODIFY |
                               IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
/// These tell of the directory itself, or that something was missed.
constexpr std::uint32_t of_directory =
    IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW;

Error unavailable(const std::string &what, int number) {
    return system_error(Stage::kernel, "inotify-unavailable", what, number)
        .advise("changed files are taken up on SIGHUP only (systemctl reload rpctlsd); "
                "raise fs.inotify.max_user_instances and max_user_watches");
}

} // namespace

FileWatch::FileWatch(asio::io_context &context, int descriptor, Changed changed)
    : events_(context, descriptor), calm_(context), changed_(std::move(changed)) {
    wait();
}

Result<std::unique_ptr<FileWatch>> FileWatch::open(asio::io_context &context, Changed changed) {
    const int descriptor = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (descriptor < 0)
        return unavailable("cannot watch files for changes", errno);
    return std::unique_ptr<FileWatch>(new FileWatch(context, descriptor, std::move(changed)));
}

Status FileWatch::watch(const WatchPoints &points) {
    std::map<int, std::set<std::string>> now;
    std::optional<Error> failure;
    for (const auto &[directory, names] : points) {
        const int watch = ::inotify_add_watch(events_.native_handle(), directory.c_str(), mask);
        // A directory that went meanwhile is seen going from the one above.
        if (watch >= 0)
            now[watch].insert(names.begin(), names.end());
        else if (errno != ENOENT && errno != ENOTDIR)
            failure = unavailable("cannot watch " + directory.string() + " for changes", errno);
    }
    for (const auto &[watch, names] : watched_)
        if (!now.contains(watch))
            ::inotify_rm_watch(events_.native_handle(), watch);
    watched_ = std::move(now);
    if (failure)
        return std::move(*failure);
    return {};
}

void FileWatch::wait() {
    events_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const ErrorCode &failed) {
        if (failed)
            return;
        read_events();
        wait();
    });
}

void FileWatch::read_events() {
    std::vector<char> room(16384);
    for (;;) {
        const ssize_t size = ::read(events_.native_handle(), room.data(), room.size());
        if (size <= 0)
            return;
        for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
            inotify_event event{};
            std::memcpy(&event, room.data() + at, sizeof event);
            const char *name = room.data() + at + sizeof event;
            at += sizeof event + event.len;
            const auto watched = watched_.find(event.wd);
            if ((event.mask & IN_Q_OVERFLOW) != 0)
                stir();
            else if (watched == watched_.end())
                continue; // of a watch that was given up
            else if ((event.mask & of_directory) != 0 ||
                     (event.len > 0 &&
                      watched->second.contains(std::string(name, ::strnlen(name, event.len)))))
                stir();
        }
    }
}

void FileWatch::forget() {
    read_events();
    unrest_ = false;
    calm_.cancel();
}

void FileWatch::stir() {
    const auto now = std::chrono::steady_clock::now();
    if (!unrest_)
        unrest_since_ = now;
    unrest_ = true;
    calm_.expires_at(std::min(now + quiet, unrest_since_ + longest_unrest));
    calm_.async_wait([this](const ErrorCode &cancelled) {
        if (cancelled)
            return;
        unrest_ = false;
        changed_();
    });
}

} // namespace rpctls::agent
