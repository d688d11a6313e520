// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// A set-up is a list of steps. Each knows whether what it is for is so already, so that a run after a finished one
/// changes nothing, and a run after one that was killed does the rest. When a step fails, or somebody interrupts, those
/// before it are undone in reverse.
namespace rpctls::tlsctl {

/// How things stand before a step.
struct Standing {
    enum class Kind {
        so,     ///< nothing to do
        wanted, ///< perform() would do it
        left,   ///< it cannot be done from here: a person does it
    };
    Kind kind = Kind::wanted;
    std::string detail{}; ///< for people; may be empty
};

struct Step {
    std::string name;                           ///< for programs, stable: "identity"
    std::string title;                          ///< what it does, in the imperative: "add the identity lab"
    std::vector<std::filesystem::path> files{}; ///< all that it may change; put back when it is undone
    std::function<Result<Standing>()> look;     ///< changes nothing, and is called before perform() only
    std::function<Status()> perform{};
    /// What there is to undo besides files, before these are put back. It is called after a failed perform(), too.
    std::function<Status()> undo{};
};

/// One that failed has been undone as well, unless it says not_undone.
enum class StepState { done, already, would, left, failed, undone, not_undone };

/// "done", "already", "would", "left", "failed", "undone", "not-undone": in JSON.
std::string_view to_string(StepState state);

struct StepRecord {
    std::string name;
    std::string title;
    StepState state{};
    std::string detail{};
};

struct StepsOutcome {
    std::vector<StepRecord> records;
    std::optional<Error> error{}; ///< why it was undone

    bool changed() const;
};

/// Runs them in order; with `dry_run` only looks. From the first step to the last, SIGINT, SIGTERM and SIGHUP wait for
/// the end of the step under way, which are then undone with the rest: interrupted (stage kernel).
StepsOutcome run_steps(const std::vector<Step> &steps, bool dry_run);

/// One more line, and one more of "steps".
void add_record(Report &report, const StepRecord &record);

/// A line a step, and "steps" with step, title, state and, where there is one, detail.
Report steps_report(const StepsOutcome &outcome);

} // namespace rpctls::tlsctl
