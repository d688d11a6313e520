// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/wire/message.hpp"
#include "rpc/wire/record_room.hpp"
#include "rpctls/connection.hpp"

namespace rpctls::client {

/// What the answer to a call means to its caller. Errors (stage rpc): rpc-denied, program-unavailable, version-mismatch,
/// procedure-unavailable, arguments-undecodable, rpc-failed.
Result<CallReply> judge_answer(wire::ReplyHeader header, wire::OwnedRecord record);

/// The record that answers a call of the other direction.
std::vector<std::byte> answer_record(std::uint32_t xid, const ReverseAnswer &answer);

/// `error` for a call that it ended: with the fact whether the server may have got it.
Error ended_call(Error error, bool maybe_executed);

} // namespace rpctls::client
