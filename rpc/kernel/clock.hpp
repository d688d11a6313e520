// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/capabilities.hpp"

namespace rpctls::kernel {

/// Whether something (an NTP client) keeps the wall clock right, by the kernel's own account: adjtimex(2).
Answer clock_synchronised();

} // namespace rpctls::kernel
