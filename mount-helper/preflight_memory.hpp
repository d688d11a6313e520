// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpc/keys/keyring.hpp"
#include "rpctls/result.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::mount_helper {

/// What later mounts of the same server that want the same need of a preflight.
struct Remembered {
    std::string about;                  ///< what was examined, in words that only need to be the same
    std::vector<std::string> addresses; ///< what the server's name stood for
    std::string address;                ///< the one that answered
    bool null_call_answered = false;
    bool certificate_requested = false;
    std::optional<std::string> identity;          ///< the name of the one that is proved
    std::optional<keys::IdentitySerials> serials; ///< of its keys, where the kernel takes them
    /// What the agent was told to prove to this server: only as long as it is told nothing else does this hold.
    std::optional<std::string> told;
    std::optional<Error> failure;
};

/// When something was seen, on the clock that runs on while the machine sleeps and starts anew with it.
using BootTime = std::chrono::nanoseconds;
BootTime boot_time_now();

/// How long a preflight that went well speaks for the mounts after it. It is what explains failures, not what protects:
/// the mount's own handshake verifies all of it again.
inline constexpr std::chrono::seconds preflight_stays_good{10};

struct Dated {
    Remembered remembered;
    BootTime at{};
};

/// Pure: whether it can stand for the preflight of a mount that began at `begun`. A failure only for those that were
/// waiting for it.
bool still_speaks(const Dated &dated, BootTime begun, BootTime now);

/// Pure: `all` with one more, which takes the place of the one about the same, and without those that do not hold any
/// more since the agent was told something else. Without one more: only that.
std::vector<Dated> grown(std::vector<Dated> all, std::optional<Dated> more,
                         const std::optional<std::string> &told);

/// One line of JSON. The way back is empty for what is not of that form.
std::string to_text(const std::vector<Dated> &all);
std::vector<Dated> remembered_from(std::string_view text);

/// The turn to examine a server on behalf of all mounts of it, and to be the first of them: the others wait, and find what
/// came of it. One file for each server in /run/rpctls-preflight, which only root reads. The turn ends with the object.
class PreflightTurn {
public:
    /// What one before found that can stand for ours, without a turn of our own: those that only want to know it read side
    /// by side. Waits for whoever has the turn, at most `patience`.
    static std::optional<Remembered> seen(std::string_view server, std::string_view about,
                                          std::chrono::milliseconds patience,
                                          const std::filesystem::path &directory = "/run/rpctls-preflight");

    /// Waits for whoever has the turn, at most `patience`. Absent when there is no turn to be had: no such directory, no
    /// patience left. That costs the mount its own preflight and nothing else.
    static std::optional<PreflightTurn>
    take(std::string_view server, std::chrono::milliseconds patience,
         const std::filesystem::path &directory = "/run/rpctls-preflight");

    ~PreflightTurn();
    PreflightTurn(PreflightTurn &&) = default;
    PreflightTurn &operator=(PreflightTurn &&) = delete;

    /// What one before found that can stand for ours.
    std::optional<Remembered> found(std::string_view about) const;

    /// Leaves a failure to those that wait, and what went well to those that come, too. `told`: what the agent was told
    /// meanwhile to prove to this server.
    void note(std::optional<Remembered> remembered, const std::optional<std::string> &told);

private:
    PreflightTurn(Fd file, std::filesystem::path path, BootTime begun)
        : file_(std::move(file)), path_(std::move(path)), begun_(begun) {}
    static std::optional<PreflightTurn> open(std::string_view server, const std::filesystem::path &directory);
    bool wait(int lock, std::chrono::milliseconds patience);

    Fd file_; ///< locked
    std::filesystem::path path_;
    BootTime begun_;
    std::vector<Dated> known_;
    bool is_to_be_forgotten_ = false; ///< by all but those that wait
};

/// For a mount that has told the agent something without having had the turn: nothing of before holds.
void forget_preflights(std::string_view server,
                       const std::filesystem::path &directory = "/run/rpctls-preflight");

} // namespace rpctls::mount_helper
