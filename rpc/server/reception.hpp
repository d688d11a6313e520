// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/policy.hpp"
#include "rpc/wire/message.hpp"
#include "rpc/wire/record.hpp"
#include "rpctls/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace rpctls::server {

/// The server's half of RFC 9289 sections 4.1 and 5.1.1 on one connection, without I/O: octets in, calls for the program
/// and answers to the client out.
///
/// The owner feeds what arrives and takes events by next() until there is none. A call that is a probe goes to the
/// program as any NULL call does (its accept_stat is the program's affair), and the owner says by answered() how it
/// was answered; in between whatever arrives is thrown away. In `handshake` the octets are TLS's, and session_begun()
/// ends that state; from then on what is fed comes out of the session.
class Reception {
public:
    enum class State {
        clear,     ///< RPC in clear; nothing that arrives is taken for TLS
        offering,  ///< a probe is with the program
        handshake, ///< the token is given: what comes next is a ClientHello
        session,   ///< RPC inside TLS
        ended,     ///< nothing more is read; what is to be sent is sent, and the connection closed
    };

    struct Parameters {
        TlsPolicy policy = TlsPolicy::opportunistic;
        /// Whether there is an identity to prove (R-4.2-1). Without, or with the policy `none`, no token is given.
        bool can_offer = true;
        std::size_t largest_record = 1 << 20; ///< octets, the fragments of one record together
        wire::SpareRoom *spare = nullptr;     ///< see wire::RecordReader
    };

    /// A call for the program.
    struct Call {
        wire::CallMessage message; ///< a probe's credential is AUTH_NONE here: it says nothing of a user
        std::vector<std::byte> record;
        bool is_probe = false; ///< to be answered with token() as its verifier, if it is accepted at all
    };
    /// A reply for the client, as one record.
    struct Answer {
        std::vector<std::byte> record;
        std::uint32_t auth_stat = 0; ///< why, where it is a denial for that
    };
    using Event = std::variant<Call, Answer>;

    explicit Reception(Parameters parameters);

    /// Takes octets as they come, in `clear` and `offering` from the connection, in `session` from the session.
    void feed(std::span<const std::byte> octets);
    /// What is to be done next; absent: nothing until more octets come. Errors (stage rpc): call-malformed and those of
    /// wire::RecordReader, when all that was whole before them is dealt with; the state is `ended` then.
    Result<std::optional<Event>> next();

    /// The verifier that says yes (RFC 9289 4.1): flavor AUTH_NONE, eight octets.
    static const wire::OpaqueAuth &token();
    /// In `offering`: the program accepted the call, so the token went out, or it did not. Octets in clear that came
    /// behind the probe end the connection either way (RFC 9289 5.1.1).
    void answered(bool accepted);
    /// In `handshake`: it is done.
    void session_begun();

    State state() const { return state_; }
    /// Octets arrived behind the probe, before its answer.
    bool had_stray_octets() const { return stray_; }
    /// next() has something to look at.
    bool has_record() const { return reader_.has_record(); }
    /// Octets have come that belong to no complete record.
    bool mid_record() const { return reader_.mid_record(); }

private:
    Result<Event> judge(std::vector<std::byte> record);
    std::optional<std::uint32_t> objection(const wire::CallHeader &call) const;

    Parameters parameters_;
    wire::RecordReader reader_;
    State state_ = State::clear;
    bool stray_ = false;
    bool failed_ = false; ///< the reader is beyond repair
};

} // namespace rpctls::server
