// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/snapshot.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rpctls::agent {

enum class ReloadReason { asked, files_changed };

/// What a reload read, before it is known whether it may take the old snapshot's place.
struct Fresh {
    Result<std::shared_ptr<const Snapshot>> snapshot;
    std::vector<Error> faults; ///< of what is configured, or was usable until now
    std::chrono::system_clock::time_point begun;
    std::set<std::string> names; ///< identities that were read, well or not
};

/// Reads everything anew. `names`: identities registered for servers. One of them that `old` could use and that is
/// now broken is a fault like any other; one that was removed, or was broken before, is not: it concerns its own
/// mounts only.
Fresh load_fresh(const std::optional<std::filesystem::path> &config, const std::filesystem::path &root,
                 const std::set<std::string> &names, const Snapshot &old);

/// The same for identities that were registered while it was read. Not for a Fresh without a snapshot.
void load_identities(Fresh &fresh, const std::set<std::string> &names, const Snapshot &old);

/// Whether one of the files (or a symbolic link of that name) was changed after `since`: what nobody watched yet may
/// have changed while it was read.
bool changed_since(const std::vector<std::filesystem::path> &files,
                   std::chrono::system_clock::time_point since);

/// How reloading stands: one runs at a time, and what is asked for meanwhile is done once more afterwards, since what
/// the running one has read may be old already. The main thread's.
class ReloadState {
public:
    using Time = std::chrono::system_clock::time_point;

    /// Asked for. True: begin now; false: one is running, and next() will tell.
    bool begin(ReloadReason reason);
    /// It ended, with this failure or well. True: the failure has to be told; false: it is the one that was told
    /// before, of files that are as broken as they were, and nobody asked.
    bool end(std::optional<Error> failure, Time now = std::chrono::system_clock::now());
    /// After end(): the reason for another one, if one was asked for meanwhile.
    std::optional<ReloadReason> next();

    bool running() const { return running_; }
    std::uint64_t successes() const { return successes_; }
    std::uint64_t failures() const { return failures_; }
    const std::optional<Time> &last() const { return last_; }        ///< when the last one ended
    const std::optional<Error> &failure() const { return failure_; } ///< of the last one

private:
    bool running_ = false;
    ReloadReason reason_ = ReloadReason::asked;
    std::optional<ReloadReason> next_;
    std::uint64_t successes_ = 0;
    std::uint64_t failures_ = 0;
    std::optional<Time> last_;
    std::optional<Error> failure_;
};

/// {"outcome":"none|ok|failed","running":BOOL,"at":TIME|null,"successes":N,"failures":N,"failure":{…}|null}
nlohmann::json to_json(const ReloadState &state);

} // namespace rpctls::agent
