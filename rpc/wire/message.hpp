// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

/// RPC message headers, RFC 5531 section 9: values in, octets out and back. The names are the RFC's.
namespace rpctls::wire {

inline constexpr std::uint32_t rpc_version = 2;
/// What every RPC program must answer: no arguments, no results.
inline constexpr std::uint32_t null_procedure = 0;
/// RFC 5531 8.2: the body of a credential or verifier has at most 400 octets.
inline constexpr std::size_t largest_auth_body = 400;

/// auth_flavor, an open set: RFC 5531 section 8.2 and RFC 9289 section 7.1.
inline constexpr std::uint32_t auth_flavor_none = 0;
inline constexpr std::uint32_t auth_flavor_sys = 1;
inline constexpr std::uint32_t auth_flavor_tls = 7;

struct OpaqueAuth {
    std::uint32_t flavor = auth_flavor_none;
    std::vector<std::byte> body;
    friend bool operator==(const OpaqueAuth &, const OpaqueAuth &) = default;
};

struct CallHeader {
    std::uint32_t xid = 0;
    std::uint32_t program = 0;
    std::uint32_t version = 0;
    std::uint32_t procedure = null_procedure;
    OpaqueAuth credential;
    OpaqueAuth verifier;
    friend bool operator==(const CallHeader &, const CallHeader &) = default;
};

enum class AcceptStat : std::uint32_t {
    success = 0,
    prog_unavail = 1,
    prog_mismatch = 2,
    proc_unavail = 3,
    garbage_args = 4,
    system_err = 5,
};

enum class RejectStat : std::uint32_t { rpc_mismatch = 0, auth_error = 1 };

/// auth_stat: kept as the number that came, since every value of it means the same here: no.
inline constexpr std::uint32_t auth_badcred = 1;
inline constexpr std::uint32_t auth_rejectedcred = 2;
inline constexpr std::uint32_t auth_badverf = 3;
inline constexpr std::uint32_t auth_tooweak = 5;

struct VersionRange {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    friend bool operator==(const VersionRange &, const VersionRange &) = default;
};

struct AcceptedReply {
    OpaqueAuth verifier;
    AcceptStat stat{};
    VersionRange versions; ///< with prog_mismatch only
    friend bool operator==(const AcceptedReply &, const AcceptedReply &) = default;
};

struct DeniedReply {
    RejectStat stat{};
    VersionRange versions;       ///< with rpc_mismatch only
    std::uint32_t auth_stat = 0; ///< with auth_error only
    friend bool operator==(const DeniedReply &, const DeniedReply &) = default;
};

struct ReplyHeader {
    std::uint32_t xid = 0;
    std::variant<AcceptedReply, DeniedReply> body;
    /// Where the results begin in the message; its size when there are none.
    std::size_t results_offset = 0;
};

/// A call as it came.
struct CallMessage {
    std::uint32_t rpc_version = wire::rpc_version;
    CallHeader header; ///< with another RPC version the xid only: nobody knows what the rest means then
    /// Where the arguments begin in the message; its size when there are none.
    std::size_t arguments_offset = 0;
};

/// The call as one message (no record mark), arguments not included. Errors (stage rpc): auth-body-too-large.
Result<std::vector<std::byte>> encode_call(const CallHeader &call);

/// The header of a call. Errors (stage rpc): call-malformed (fact: which field).
Result<CallMessage> decode_call(std::span<const std::byte> message);

/// The reply as one message (no record mark), results not included; results_offset does not matter. Errors (stage rpc):
/// auth-body-too-large.
Result<std::vector<std::byte>> encode_reply(const ReplyHeader &reply);

/// The header of a reply. Errors (stage rpc): reply-malformed (fact: which field).
Result<ReplyHeader> decode_reply(std::span<const std::byte> message);

/// "PROG_MISMATCH", "AUTH_REJECTEDCRED (2)": the RFC's words for messages.
std::string name_of(AcceptStat stat);
std::string auth_stat_name(std::uint32_t auth_stat);

/// The whole answer in one line: "accepted, PROG_MISMATCH 2 to 4, verifier flavor 0 of 8 octets",
/// "denied, AUTH_REJECTEDCRED (2)".
std::string describe(const ReplyHeader &reply);

} // namespace rpctls::wire
