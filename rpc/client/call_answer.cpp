// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/call_answer.hpp"

#include <string>

namespace rpctls::client {

namespace {

Error answered(std::string name, std::string what) {
    return Error{Stage::rpc, std::move(name), std::move(what)};
}

Error refusal(const wire::AcceptedReply &reply) {
    switch (reply.stat) {
    case wire::AcceptStat::prog_unavail:
        return answered("program-unavailable", "the server does not have the program")
            .advise("check the program number and the port");
    case wire::AcceptStat::prog_mismatch:
        return answered("version-mismatch", "the server does not have this version of the program")
            .with("versions there",
                  std::to_string(reply.versions.low) + " to " + std::to_string(reply.versions.high))
            .advise("ask for one of those versions");
    case wire::AcceptStat::proc_unavail:
        return answered("procedure-unavailable", "the program does not have this procedure")
            .advise("check that both ends have the same version of the program's .x file");
    case wire::AcceptStat::garbage_args:
        return answered("arguments-undecodable", "the server cannot make sense of the arguments")
            .advise("check that both ends have the same version of the program's .x file");
    default:
        return answered("rpc-failed", "the program failed on the call").with("answer", name_of(reply.stat));
    }
}

} // namespace

Result<CallReply> judge_answer(wire::ReplyHeader header, wire::OwnedRecord record) {
    if (std::holds_alternative<wire::DeniedReply>(header.body))
        return answered("rpc-denied", "the server denies the call")
            .with("answer", wire::describe(header))
            .advise("the server's policy refuses this client or its credential");
    auto &accepted = std::get<wire::AcceptedReply>(header.body);
    if (accepted.stat != wire::AcceptStat::success)
        return refusal(accepted);
    const auto results = record.view().subspan(header.results_offset);
    return CallReply(std::move(record.octets), results, accepted.verifier.flavor,
                     std::move(accepted.verifier.body));
}

std::vector<std::byte> answer_record(std::uint32_t xid, const ReverseAnswer &answer) {
    constexpr auto last = static_cast<std::uint32_t>(wire::AcceptStat::system_err);
    const auto stat = answer.status <= last ? answer.status : last;
    auto message =
        wire::encode_reply({.xid = xid,
                            .body = wire::AcceptedReply{.verifier = {},
                                                        .stat = static_cast<wire::AcceptStat>(stat),
                                                        .versions = {answer.low, answer.high}}});
    if (stat == 0)
        message->insert(message->end(), answer.results.begin(), answer.results.end());
    return wire::frame_record(*message);
}

Error ended_call(Error error, bool maybe_executed) {
    return std::move(error).with("executed", maybe_executed ? "maybe" : "no");
}

} // namespace rpctls::client
