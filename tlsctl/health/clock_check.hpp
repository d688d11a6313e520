// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/capabilities.hpp"
#include "rpc/tls/certificate.hpp"
#include "tlsctl/health/finding.hpp"

#include <optional>

namespace rpctls::tlsctl {

struct ClockFacts {
    tls::Time now{};
    kernel::Answer synchronised = kernel::Answer::unknown;
    /// The latest beginning among this host's certificates and CAs: they were made before now if the clock is right.
    std::optional<tls::Time> latest_beginning{};
};

/// A clock before this project began or far beyond it is wrong whatever else is known.
Findings judge_clock(const ClockFacts &facts);

} // namespace rpctls::tlsctl
