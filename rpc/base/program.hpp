// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace rpctls {

/// How a program ended that ran for us.
struct ProgramResult {
    int status = 0;     ///< its exit status, or 128 and the signal that ended it
    std::string output; ///< standard output and error in the order they came, at most 64 KiB of it
};

/// Runs `words` (the first is the program's path; no shell, no search) with an empty standard input and the locale C,
/// and waits for its end; after `longest` it is killed. Nothing of ours is open in it. A status other than 0 is no error
/// here. Errors (stage kernel): program-missing, program-unstartable, program-too-slow.
Result<ProgramResult> run_program(const std::vector<std::string> &words, std::chrono::milliseconds longest);

} // namespace rpctls
