// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/setup/units.hpp"

#include "rpc/base/program.hpp"
#include "rpc/base/text.hpp"

#include <unistd.h>

namespace rpctls::tlsctl {

namespace {

using namespace std::chrono_literals;

constexpr const char *systemctl = "/usr/bin/systemctl";
/// Units with a timeout of their own end before.
constexpr auto longest = 120s;

/// Its exit status says no; nothing else is wrong then.
Result<bool> says_yes(const std::vector<std::string> &words) {
    const auto result = run_program(words, longest);
    if (!result)
        return result.error();
    return result->status == 0;
}

Status do_it(const std::vector<std::string> &words, const std::string &hint) {
    const auto result = run_program(words, longest);
    if (!result)
        return result.error();
    if (result->status == 0)
        return {};
    return Error{Stage::kernel, "unit-failed", join(words, " ") + " failed"}
        .with("status", std::to_string(result->status))
        .with("it said", printable(trimmed(result->output)))
        .advise(hint);
}

class Unit {
public:
    Unit(std::string name, Wanted wanted) : name_(std::move(name)), wanted_(wanted) {}

    Result<Standing> look() {
        const auto known = says_yes({systemctl, "cat", name_});
        if (!known)
            return known.error();
        if (!*known && wanted_ == Wanted::running)
            return Error{Stage::kernel, "unit-missing", "systemd knows no unit " + name_}.advise(
                "install it, then systemctl daemon-reload");
        if (!*known)
            return Standing{Standing::Kind::so, "there is no such unit"};
        const auto enabled = says_yes({systemctl, "is-enabled", "--quiet", name_});
        if (!enabled)
            return enabled.error();
        const auto active = says_yes({systemctl, "is-active", "--quiet", name_});
        if (!active)
            return active.error();
        enabled_ = *enabled;
        active_ = *active;
        const bool so = wanted_ == Wanted::running   ? enabled_ && active_
                        : wanted_ == Wanted::at_boot ? enabled_
                                                     : !enabled_ && !active_;
        return Standing{so ? Standing::Kind::so : Standing::Kind::wanted};
    }

    Status perform() {
        const bool enable = wanted_ != Wanted::stopped;
        if (enabled_ != enable)
            if (auto done = control(enable ? "enable" : "disable"); !done)
                return done;
        if (wanted_ == Wanted::running && !active_)
            return control("start");
        return wanted_ == Wanted::stopped && active_ ? control("stop") : Status();
    }

    Status undo() {
        Status stopped = wanted_ == Wanted::at_boot ? Status() : control(active_ ? "start" : "stop");
        Status disabled = control(enabled_ ? "enable" : "disable");
        return stopped ? disabled : stopped;
    }

private:
    Status control(const std::string &verb) {
        return do_it({systemctl, "--quiet", verb, name_}, "journalctl -u " + name_ + " tells why");
    }

    std::string name_;
    Wanted wanted_;
    bool enabled_ = false;
    bool active_ = false;
};

/// Installed beside this very program.
std::filesystem::path takeover_program() {
    std::error_code failure;
    return std::filesystem::read_symlink("/proc/self/exe", failure).parent_path() / "rpctls-takeover";
}

} // namespace

bool systemd_runs(const Context &context) {
    std::error_code failure;
    return context.root == "/" && std::filesystem::is_directory("/run/systemd/system", failure);
}

Step unit_step(const std::string &unit, Wanted wanted, const std::string &title, const std::string &by_hand,
               const Context &context) {
    const auto state = std::make_shared<Unit>(unit, wanted);
    Step step;
    step.name = "unit-" + unit.substr(0, unit.find('.'));
    step.title = title;
    const bool systemd = systemd_runs(context);
    std::error_code failure;
    const bool stopped_image =
        wanted == Wanted::stopped && context.root != "/" &&
        !std::filesystem::exists(context.below_root("/usr/lib/systemd/system/" + unit), failure);
    const std::string instead = stopped_image ? ""
                                : context.root == "/"
                                    ? by_hand
                                    : "systemctl --root " + context.root.string() +
                                          (wanted == Wanted::stopped ? " disable " : " enable ") + unit;
    step.look = [=]() -> Result<Standing> {
        if (!systemd)
            return instead.empty() ? Standing{Standing::Kind::so, "there is no such unit"}
                                   : Standing{Standing::Kind::left, instead};
        return state->look();
    };
    step.perform = [=] { return state->perform(); };
    step.undo = [=] { return state->undo(); };
    return step;
}

Step takeover_step(const Context &context) {
    const std::string program = takeover_program();
    const bool here = context.root == "/" && ::access(program.c_str(), X_OK) == 0 &&
                      ::access("/usr/bin/dpkg-divert", X_OK) == 0;
    Step step;
    step.name = "takeover";
    step.title = "let mount -t nfs go through mount.nfstls";
    step.look = [=]() -> Result<Standing> {
        if (!here)
            return Standing{Standing::Kind::left, "rpctls-takeover enable, or mount with -t nfstls"};
        const auto taken = says_yes({program, "status"});
        if (!taken)
            return taken.error();
        return Standing{*taken ? Standing::Kind::so : Standing::Kind::wanted};
    };
    step.perform = [=] {
        return do_it({program, "enable"}, "--no-takeover leaves mount.nfs as it is: mount with -t nfstls");
    };
    step.undo = [=] { return do_it({program, "disable"}, "rpctls-takeover status tells how it stands"); };
    return step;
}

} // namespace rpctls::tlsctl
