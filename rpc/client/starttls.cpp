// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/starttls.hpp"

#include "rpc/base/text.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace rpctls::client {

namespace {

constexpr std::string_view token = "STARTTLS";
/// The largest reply to a procedure without results is 24 octets and a verifier of 400: this leaves room.
constexpr std::size_t largest_reply = 1024;
/// A connection just opened has no business with other replies; a few are borne, a stream of them is not.
constexpr unsigned most_strays = 8;

std::vector<std::byte> probe_record(std::uint32_t program, std::uint32_t version, std::uint32_t xid) {
    wire::CallHeader call{.xid = xid, .program = program, .version = version};
    call.credential.flavor = wire::auth_flavor_tls;
    return wire::frame_record(*wire::encode_call(call));
}

} // namespace

StartTlsProbe::StartTlsProbe(std::uint32_t program, std::uint32_t version, std::uint32_t xid)
    : xid_(xid), call_(probe_record(program, version, xid)), reader_(largest_reply) {}

StartTlsProbe::State StartTlsProbe::judge(const wire::ReplyHeader &reply) const {
    const auto *accepted = std::get_if<wire::AcceptedReply>(&reply.body);
    if (accepted == nullptr)
        return State::refused;
    const bool has_token = accepted->verifier.flavor == wire::auth_flavor_none &&
                           std::ranges::equal(accepted->verifier.body, as_bytes(token));
    return has_token ? State::offered : State::not_offered;
}

Status StartTlsProbe::take(std::span<const std::byte> message) {
    auto reply = wire::decode_reply(message);
    if (!reply) {
        Error error{Stage::probe, "probe-malformed", "the answer to the TLS probe makes no sense"};
        error.facts = std::move(reply.error().facts);
        return std::move(error).with("octets", hex(message.first(std::min<std::size_t>(message.size(), 48))));
    }
    if (reply->xid != xid_) {
        if (++strays_ > most_strays)
            return Error{Stage::probe, "probe-stray-replies", "the server answers calls that were never made"}
                .with("replies", std::to_string(strays_));
        return {};
    }
    if (reply->results_offset != message.size())
        return Error{Stage::probe, "probe-malformed", "the answer to the TLS probe has octets behind its end"}
            .with("extra", std::to_string(message.size() - reply->results_offset));
    state_ = judge(*reply);
    reply_ = std::move(*reply);
    return {};
}

Result<StartTlsProbe::State> StartTlsProbe::feed(std::span<const std::byte> octets) {
    if (failure_)
        return *failure_;
    auto went = advance(octets);
    if (!went) {
        failure_ = std::move(went).error();
        return *failure_;
    }
    return state_;
}

Status StartTlsProbe::advance(std::span<const std::byte> octets) {
    if (state_ != State::waiting && state_ != State::offered)
        return {}; // the answer stands; what else comes is for whoever goes on with this connection
    auto fed = reader_.feed(octets);
    while (state_ == State::waiting) {
        const auto message = reader_.next();
        if (!message)
            break;
        if (auto taken = take(*message); !taken)
            return taken;
    }
    if (state_ == State::waiting && !fed) {
        Error error{Stage::probe, "probe-malformed", "what answers the TLS probe does not speak RPC"};
        error.facts = std::move(fed.error().facts);
        return std::move(error).advise("check the port: is it the RPC program's own?");
    }
    if (state_ == State::offered && (!fed || reader_.mid_record() || reader_.next()))
        return Error{Stage::probe, "probe-trailing-octets",
                     "octets in clear follow the server's agreement to start TLS"}
            .advise(
                "somebody on the way may be injecting data: look at the network path, then at the server");
    return {};
}

Error StartTlsProbe::closed() const {
    return Error{Stage::probe, "probe-closed",
                 "the server closed the connection instead of answering the TLS probe"}
        .advise("look for the reason in the server's log; a server that closes here does not offer TLS");
}

} // namespace rpctls::client
