// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/wire/message.hpp"
#include "rpc/wire/record.hpp"
#include "rpctls/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rpctls::client {

/// The client's half of RFC 9289 section 4.1 on a stream, without I/O: octets in, a verdict out.
///
/// The owner sends call(), then feeds what arrives until the state is no longer `waiting`. Only after
/// `offered` may a ClientHello follow, on the same connection. A probe serves one connection; make a new one
/// for the next (R-4.1-22).
class StartTlsProbe {
public:
    enum class State {
        waiting,
        offered,     ///< accepted, whatever the accept_stat, with the token in a verifier of flavor AUTH_NONE
        not_offered, ///< accepted without it
        refused,     ///< MSG_DENIED
    };

    StartTlsProbe(std::uint32_t program, std::uint32_t version, std::uint32_t xid);

    /// The probe: the NULL call with an AUTH_TLS credential, as one record.
    std::span<const std::byte> call() const { return call_; }

    /// Takes octets as they come. Errors (stage probe): probe-malformed, probe-trailing-octets (in clear
    /// behind the token, RFC 9289 5.1.1: whoever put them there hopes that they are taken for protected
    /// ones), probe-stray-replies. After an error the connection is good for close(2) only.
    Result<State> feed(std::span<const std::byte> octets);

    /// What the end of the stream means now: probe-closed (stage probe).
    Error closed() const;

    State state() const { return state_; }
    /// The answer, when there is one.
    const std::optional<wire::ReplyHeader> &reply() const { return reply_; }

private:
    Status advance(std::span<const std::byte> octets);
    Status take(std::span<const std::byte> message);
    State judge(const wire::ReplyHeader &reply) const;

    std::uint32_t xid_;
    std::vector<std::byte> call_;
    wire::RecordReader reader_;
    State state_ = State::waiting;
    std::optional<wire::ReplyHeader> reply_;
    std::optional<Error> failure_;
    unsigned strays_ = 0;
};

} // namespace rpctls::client
