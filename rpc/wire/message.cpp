// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/message.hpp"

#include "rpc/wire/xdr.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <stdexcept>

namespace rpctls::wire {

namespace {

constexpr std::uint32_t message_call = 0;
constexpr std::uint32_t message_reply = 1;
constexpr std::uint32_t message_accepted = 0;
constexpr std::uint32_t message_denied = 1;
/// xid, direction, rpcvers, prog, vers, proc and twice flavor and length.
constexpr std::size_t call_words = 10;

constexpr std::size_t padded(std::size_t size) {
    return (size + 3) / 4 * 4;
}

/// xid, direction, reply_stat, accept_stat or reject_stat, flavor and length, and a range of versions.
constexpr std::size_t most_reply_words = 8;

Error malformed(std::string field) {
    return Error{Stage::rpc, "reply-malformed", "an RPC reply makes no sense"}.with("field",
                                                                                    std::move(field));
}

Error malformed_call(std::string field) {
    return Error{Stage::rpc, "call-malformed", "an RPC call makes no sense"}.with("field", std::move(field));
}

Error auth_body_too_large(std::size_t size) {
    return Error{Stage::rpc, "auth-body-too-large", "a credential or verifier does not fit an RPC message"}
        .with("octets", std::to_string(size))
        .with("limit", std::to_string(largest_auth_body));
}

bool put(XdrStream &xdr, std::uint32_t value) {
    return xdr.number(value);
}

bool put(XdrStream &xdr, const OpaqueAuth &auth) {
    std::array<std::byte, largest_auth_body> body{};
    std::copy(auth.body.begin(), auth.body.end(), body.begin());
    return put(xdr, auth.flavor) && put(xdr, static_cast<std::uint32_t>(auth.body.size())) &&
           xdr.opaque(std::span(body).first(auth.body.size()));
}

bool put(XdrStream &xdr, const VersionRange &range) {
    return put(xdr, range.low) && put(xdr, range.high);
}

bool put(XdrStream &xdr, const AcceptedReply &reply) {
    return put(xdr, message_accepted) && put(xdr, reply.verifier) &&
           put(xdr, static_cast<std::uint32_t>(reply.stat)) &&
           (reply.stat != AcceptStat::prog_mismatch || put(xdr, reply.versions));
}

bool put(XdrStream &xdr, const DeniedReply &reply) {
    return put(xdr, message_denied) && put(xdr, static_cast<std::uint32_t>(reply.stat)) &&
           (reply.stat == RejectStat::rpc_mismatch ? put(xdr, reply.versions) : put(xdr, reply.auth_stat));
}

bool get(XdrStream &xdr, OpaqueAuth &auth) {
    std::uint32_t size = 0;
    if (!xdr.number(auth.flavor) || !xdr.number(size) || size > largest_auth_body)
        return false;
    auth.body.resize(size);
    return xdr.opaque(auth.body);
}

bool get(XdrStream &xdr, VersionRange &range) {
    return xdr.number(range.low) && xdr.number(range.high);
}

Result<AcceptedReply> decode_accepted(XdrStream &xdr) {
    AcceptedReply reply;
    std::uint32_t stat = 0;
    if (!get(xdr, reply.verifier))
        return malformed("verifier");
    if (!xdr.number(stat) || stat > static_cast<std::uint32_t>(AcceptStat::system_err))
        return malformed("accept_stat");
    reply.stat = static_cast<AcceptStat>(stat);
    if (reply.stat == AcceptStat::prog_mismatch && !get(xdr, reply.versions))
        return malformed("mismatch_info");
    return reply;
}

Result<DeniedReply> decode_denied(XdrStream &xdr) {
    DeniedReply reply;
    std::uint32_t stat = 0;
    if (!xdr.number(stat) || stat > static_cast<std::uint32_t>(RejectStat::auth_error))
        return malformed("reject_stat");
    reply.stat = static_cast<RejectStat>(stat);
    if (reply.stat == RejectStat::rpc_mismatch && !get(xdr, reply.versions))
        return malformed("mismatch_info");
    if (reply.stat == RejectStat::auth_error && !xdr.number(reply.auth_stat))
        return malformed("auth_stat");
    return reply;
}

std::string to_text(const VersionRange &range) {
    return std::to_string(range.low) + " to " + std::to_string(range.high);
}

} // namespace

Result<std::vector<std::byte>> encode_call(const CallHeader &call) {
    for (const OpaqueAuth *auth : {&call.credential, &call.verifier})
        if (auth->body.size() > largest_auth_body)
            return auth_body_too_large(auth->body.size());
    std::vector<std::byte> message(call_words * 4 + padded(call.credential.body.size()) +
                                   padded(call.verifier.body.size()));
    XdrStream xdr{std::span<std::byte>(message)};
    const bool fits = put(xdr, call.xid) && put(xdr, message_call) && put(xdr, rpc_version) &&
                      put(xdr, call.program) && put(xdr, call.version) && put(xdr, call.procedure) &&
                      put(xdr, call.credential) && put(xdr, call.verifier);
    if (!fits)
        throw std::logic_error("an RPC call header outgrew its computed size");
    return message;
}

Result<CallMessage> decode_call(std::span<const std::byte> message) {
    if (message.size() > INT_MAX)
        return malformed_call("size");
    XdrStream xdr(message);
    CallMessage call;
    CallHeader &header = call.header;
    std::uint32_t direction = 0;
    if (!xdr.number(header.xid))
        return malformed_call("xid");
    if (!xdr.number(direction) || direction != message_call)
        return malformed_call("msg_type");
    if (!xdr.number(call.rpc_version))
        return malformed_call("rpcvers");
    if (call.rpc_version == rpc_version) {
        if (!xdr.number(header.program) || !xdr.number(header.version) || !xdr.number(header.procedure))
            return malformed_call("procedure");
        if (!get(xdr, header.credential))
            return malformed_call("credential");
        if (!get(xdr, header.verifier))
            return malformed_call("verifier");
    }
    call.arguments_offset = xdr.position();
    return call;
}

Result<std::vector<std::byte>> encode_reply(const ReplyHeader &reply) {
    std::vector<std::byte> message(most_reply_words * 4);
    if (const auto *accepted = std::get_if<AcceptedReply>(&reply.body)) {
        const std::size_t size = accepted->verifier.body.size();
        if (size > largest_auth_body)
            return auth_body_too_large(size);
        message.resize(message.size() + padded(size));
    }
    XdrStream xdr{std::span<std::byte>(message)};
    const bool fits = put(xdr, reply.xid) && put(xdr, message_reply) &&
                      std::visit([&](const auto &body) { return put(xdr, body); }, reply.body);
    if (!fits)
        throw std::logic_error("an RPC reply header outgrew its computed size");
    message.resize(xdr.position());
    return message;
}

Result<ReplyHeader> decode_reply(std::span<const std::byte> message) {
    if (message.size() > INT_MAX)
        return malformed("size");
    XdrStream xdr(message);
    ReplyHeader reply;
    std::uint32_t direction = 0;
    std::uint32_t stat = 0;
    if (!xdr.number(reply.xid))
        return malformed("xid");
    if (!xdr.number(direction) || direction != message_reply)
        return malformed("msg_type");
    if (!xdr.number(stat) || (stat != message_accepted && stat != message_denied))
        return malformed("reply_stat");
    if (stat == message_accepted) {
        auto accepted = decode_accepted(xdr);
        if (!accepted)
            return std::move(accepted).error();
        reply.body = std::move(*accepted);
    } else {
        auto denied = decode_denied(xdr);
        if (!denied)
            return std::move(denied).error();
        reply.body = *denied;
    }
    reply.results_offset = xdr.position();
    return reply;
}

std::string name_of(AcceptStat stat) {
    switch (stat) {
    case AcceptStat::success:
        return "SUCCESS";
    case AcceptStat::prog_unavail:
        return "PROG_UNAVAIL";
    case AcceptStat::prog_mismatch:
        return "PROG_MISMATCH";
    case AcceptStat::proc_unavail:
        return "PROC_UNAVAIL";
    case AcceptStat::garbage_args:
        return "GARBAGE_ARGS";
    case AcceptStat::system_err:
        return "SYSTEM_ERR";
    }
    return "unknown";
}

std::string auth_stat_name(std::uint32_t auth_stat) {
    // RFC 5531 section 9; 8 to 12 are marked there as kept for Kerberos V4.
    static constexpr std::array names = {
        "AUTH_OK",           "AUTH_BADCRED",           "AUTH_REJECTEDCRED",    "AUTH_BADVERF",
        "AUTH_REJECTEDVERF", "AUTH_TOOWEAK",           "AUTH_INVALIDRESP",     "AUTH_FAILED",
        "AUTH_KERB_GENERIC", "AUTH_TIMEEXPIRE",        "AUTH_TKT_FILE",        "AUTH_DECODE",
        "AUTH_NET_ADDR",     "RPCSEC_GSS_CREDPROBLEM", "RPCSEC_GSS_CTXPROBLEM"};
    const std::string name = auth_stat < names.size() ? names[auth_stat] : "auth_stat";
    return name + " (" + std::to_string(auth_stat) + ")";
}

std::string describe(const ReplyHeader &reply) {
    if (const auto *denied = std::get_if<DeniedReply>(&reply.body)) {
        if (denied->stat == RejectStat::rpc_mismatch)
            return "denied, RPC_MISMATCH " + to_text(denied->versions);
        return "denied, " + auth_stat_name(denied->auth_stat);
    }
    const auto &accepted = std::get<AcceptedReply>(reply.body);
    std::string text = "accepted, " + name_of(accepted.stat);
    if (accepted.stat == AcceptStat::prog_mismatch)
        text += " " + to_text(accepted.versions);
    return text + ", verifier flavor " + std::to_string(accepted.verifier.flavor) + " of " +
           std::to_string(accepted.verifier.body.size()) + " octets";
}

} // namespace rpctls::wire
