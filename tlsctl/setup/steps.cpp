// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/setup/steps.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/setup/footprint.hpp"

#include <algorithm>
#include <csignal>
#include <ctime>

namespace rpctls::tlsctl {

namespace {

/// Holds back the signals that end a program, so that it can undo what it did.
class HeldSignals {
public:
    HeldSignals() {
        sigemptyset(&signals_);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP})
            sigaddset(&signals_, signal);
        ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    }
    HeldSignals(const HeldSignals &) = delete;
    HeldSignals &operator=(const HeldSignals &) = delete;
    ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    /// Takes one that came: it then does not end the program.
    Status check() const {
        const timespec at_once{};
        const int signal = ::sigtimedwait(&signals_, nullptr, &at_once);
        if (signal < 0)
            return {};
        return Error{Stage::kernel, "interrupted", "the set-up was interrupted"}.with("signal",
                                                                                      std::to_string(signal));
    }

private:
    sigset_t signals_{};
    sigset_t before_{};
};

class Run {
public:
    explicit Run(bool dry_run) : dry_run_(dry_run) {}

    Status take(const Step &step) {
        if (auto interrupted = signals_.check(); !interrupted)
            return interrupted;
        auto standing = step.look();
        if (!standing) {
            record(step, StepState::failed);
            return std::move(standing).error();
        }
        const bool so = standing->kind == Standing::Kind::so;
        const bool left = standing->kind == Standing::Kind::left;
        if (so || left || dry_run_) {
            record(step,
                   so     ? StepState::already
                   : left ? StepState::left
                          : StepState::would,
                   standing->detail);
            return {};
        }
        auto before = Footprint::of(step.files);
        if (!before) {
            record(step, StepState::failed);
            return std::move(before).error();
        }
        record(step, StepState::done, standing->detail);
        performed_.push_back({&step, std::move(*before), outcome_.records.size() - 1, StepState::undone});
        auto status = step.perform();
        if (status)
            return signals_.check();
        performed_.back().undone = StepState::failed;
        return status;
    }

    StepsOutcome finish(Status status) {
        if (!status) {
            outcome_.error = std::move(status).error();
            for (auto performed = performed_.rbegin(); performed != performed_.rend(); ++performed)
                undo(*performed);
        }
        return std::move(outcome_);
    }

private:
    struct Performed {
        const Step *step;
        Footprint before;
        std::size_t record;
        StepState undone; ///< what becomes of it then: the one that failed is told apart
    };

    void record(const Step &step, StepState state, std::string detail = {}) {
        outcome_.records.push_back({step.name, step.title, state, std::move(detail)});
    }

    void undo(const Performed &performed) {
        StepRecord &record = outcome_.records[performed.record];
        const Status undone = performed.step->undo ? performed.step->undo() : Status();
        const Status restored = performed.before.restore();
        const bool sound = undone && restored;
        record.state = sound ? performed.undone : StepState::not_undone;
        record.detail = sound ? "" : summary(undone ? restored.error() : undone.error());
    }

    bool dry_run_;
    HeldSignals signals_;
    StepsOutcome outcome_;
    std::vector<Performed> performed_;
};

/// All as wide as the longest, so that lines stand in columns whenever they are made.
std::string words(StepState state) {
    switch (state) {
    case StepState::already:
        return "is so already";
    case StepState::left:
        return "left to you";
    case StepState::not_undone:
        return "NOT UNDONE";
    default:
        return std::string(to_string(state));
    }
}

} // namespace

std::string_view to_string(StepState state) {
    switch (state) {
    case StepState::done:
        return "done";
    case StepState::already:
        return "already";
    case StepState::would:
        return "would";
    case StepState::left:
        return "left";
    case StepState::failed:
        return "failed";
    case StepState::undone:
        return "undone";
    case StepState::not_undone:
        return "not-undone";
    }
    return "";
}

bool StepsOutcome::changed() const {
    return std::any_of(records.begin(), records.end(), [](const StepRecord &record) {
        return record.state == StepState::done || record.state == StepState::not_undone;
    });
}

StepsOutcome run_steps(const std::vector<Step> &steps, bool dry_run) {
    Run run(dry_run);
    for (const Step &step : steps)
        if (auto taken = run.take(step); !taken)
            return run.finish(std::move(taken));
    return run.finish({});
}

void add_record(Report &report, const StepRecord &record) {
    nlohmann::json step = {
        {"step", record.name}, {"title", record.title}, {"state", to_string(record.state)}};
    if (!record.detail.empty())
        step["detail"] = record.detail;
    report.json["steps"].push_back(std::move(step));
    std::string word = words(record.state);
    word.resize(std::string_view("is so already").size(), ' ');
    report.text += fields({{word, record.title + (record.detail.empty() ? "" : ": " + record.detail)}});
}

Report steps_report(const StepsOutcome &outcome) {
    Report report;
    report.error = outcome.error;
    report.json = {{"changed", outcome.changed()}, {"steps", nlohmann::json::array()}};
    for (const StepRecord &record : outcome.records)
        add_record(report, record);
    return report;
}

} // namespace rpctls::tlsctl
