// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/asio.hpp"
#include "agent/watched_files.hpp"

#include "rpctls/result.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace rpctls::agent {

/// Says when files have changed, once, after they have been left alone for a moment: an update writes several. Watches
/// directories, since good updates rename. On one io_context.
class FileWatch {
public:
    static constexpr std::chrono::milliseconds quiet{500};
    /// A file that never rests does not put the others off for ever.
    static constexpr std::chrono::milliseconds longest_unrest{5000};

    using Changed = std::function<void()>;
    /// Errors (stage kernel): inotify-unavailable.
    static Result<std::unique_ptr<FileWatch>> open(asio::io_context &context, Changed changed);

    /// From now on these files and no others. Called again after each change, it finds directories that were
    /// replaced. Errors (stage kernel): inotify-unavailable, with the directory; the others are watched all the same.
    Status watch(const WatchPoints &points);

    /// What has changed up to now is known: it is not told of any more.
    void forget();

    /// As if one of them had changed just now.
    void stir();

private:
    FileWatch(asio::io_context &context, int descriptor, Changed changed);
    void wait();
    void read_events();
    asio::posix::stream_descriptor events_;
    asio::steady_timer calm_;
    std::chrono::steady_clock::time_point unrest_since_{};
    bool unrest_ = false;
    Changed changed_;
    std::map<int, std::set<std::string>> watched_; ///< watch descriptor → names
};

} // namespace rpctls::agent
