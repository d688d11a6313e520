// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/clock.hpp"

#include <sys/timex.h>

namespace rpctls::kernel {

Answer clock_synchronised() {
    timex state{}; // no mode: only asks, and anybody may
    const int answer = ::adjtimex(&state);
    if (answer < 0)
        return Answer::unknown;
    return answer == TIME_ERROR || (state.status & STA_UNSYNC) != 0 ? Answer::no : Answer::yes;
}

} // namespace rpctls::kernel
