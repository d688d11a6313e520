// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/setup/steps.hpp"

#include <string>

namespace rpctls::tlsctl {

/// Whether systemd is this machine's first process, and the machine is what is set up.
bool systemd_runs(const Context &context);

enum class Wanted {
    running, ///< enabled and started
    at_boot, ///< enabled: it does at boot what has been done by hand now
    stopped, ///< neither: another unit takes its place
};

/// A unit as it is to be; `by_hand` is what a person does where no systemd runs. A unit that is to be stopped, or to run
/// at boot only, may be missing. Errors: unit-missing, unit-failed (stage kernel), those of run_program.
Step unit_step(const std::string &unit, Wanted wanted, const std::string &title, const std::string &by_hand,
               const Context &context);

/// Lets plain `mount -t nfs` go through mount.nfstls, see rpctls-takeover(8).
Step takeover_step(const Context &context);

} // namespace rpctls::tlsctl
