// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/reception.hpp"
#include "rpc/server/svc_settings.hpp"

#include <chrono>
#include <optional>

namespace rpctls::server {

/// How long a server waits for one client, and what it says when that was too long.
class Patience {
public:
    using Clock = std::chrono::steady_clock;

    /// Octets came or went, or a call was answered.
    void note_progress() { progress_ = Clock::now(); }
    /// The token is on its way: the handshake's time begins.
    void begin_handshake() { handshake_since_ = Clock::now(); }

    /// Absent: for ever.
    std::optional<Clock::time_point> deadline(const SvcLimits &limits, const Reception &reception,
                                              bool has_unsent) const {
        if (reception.state() == Reception::State::handshake && !has_unsent)
            return handshake_since_ + limits.handshake;
        if (has_unsent || reception.mid_record())
            return progress_ + limits.stall;
        if (limits.idle.count() > 0)
            return progress_ + limits.idle;
        return std::nullopt;
    }

    /// Outside a handshake.
    static const char *verdict(const Reception &reception, bool has_unsent) {
        if (has_unsent)
            return "ended: it does not take its replies";
        return reception.mid_record() ? "ended: it does not go on with its call" : "ended: idle";
    }
    static Error handshake_verdict() {
        return Error{Stage::handshake, "handshake-timeout", "the client does not go on with it"};
    }
    static Error too_many_handshakes() {
        return Error{Stage::handshake, "too-many-handshakes", "too many are unfinished"};
    }

private:
    Clock::time_point progress_ = Clock::now();
    Clock::time_point handshake_since_{};
};

} // namespace rpctls::server
