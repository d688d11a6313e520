// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/call_engine.hpp"

#include "rpc/client/call_answer.hpp"
#include "rpc/wire/message.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string>

namespace rpctls::client {

namespace {

/// What is offered to the transport at a time. What was offered counts as begun, and the kernel takes 64 pieces.
constexpr std::size_t most_pieces = 64, most_octets = 256 << 10;

std::uint32_t word(std::span<const std::byte> octets, std::size_t index) {
    std::uint32_t number = 0;
    for (const std::byte octet : octets.subspan(4 * index, 4))
        number = number << 8 | std::to_integer<std::uint32_t>(octet);
    return number;
}

} // namespace

void CallEngine::submit(Submission call) {
    deadlines_.emplace(call.deadline, call.xid);
    waiting_.push_back(call.xid);
    calls_.insert_or_assign(call.xid, Pending{.id = call.id,
                                              .begun = false,
                                              .sent = false,
                                              .deadline = call.deadline,
                                              .done = std::move(call.done),
                                              .head = std::move(call.head),
                                              .arguments = std::move(call.arguments)});
}

/// The caller's octets are his again when his call completes: a record once begun is sent to its end, so they are copied. What
/// has a keeper, and a file, stays where it is.
void CallEngine::keep_octets(std::uint32_t xid) {
    for (Outgoing &out : sending_)
        if (out.xid == xid && !out.is_answer && !out.owned) {
            for (Piece &piece : out.arguments)
                if (!piece.file && !piece.keeper)
                    piece = Piece::owning({piece.octets.begin(), piece.octets.end()});
            out.owned = true;
            return;
        }
}

void CallEngine::complete(Calls::iterator call, Result<CallReply> result) {
    const std::uint32_t xid = call->first;
    if (call->second.begun) {
        --in_flight_;
        if (!call->second.sent)
            keep_octets(xid);
    } else if (const auto place = std::find(waiting_.begin(), waiting_.end(), xid); place != waiting_.end()) {
        waiting_.erase(place);
    }
    deadlines_.erase({call->second.deadline, xid});
    completed_.push_back({std::move(call->second.done), std::move(result)});
    calls_.erase(call);
}

void CallEngine::cancel(std::uint64_t id, std::uint32_t xid) {
    const auto call = calls_.find(xid);
    if (call == calls_.end() || call->second.id != id)
        return;
    const bool begun = call->second.begun;
    complete(call, ended_call(Error{Stage::rpc, "call-cancelled", "the call was cancelled"}, begun));
}

void CallEngine::expire(Time now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const auto call = calls_.find(deadlines_.begin()->second);
        const bool begun = call->second.begun;
        complete(call, ended_call(Error{Stage::rpc, "rpc-timeout",
                                        begun ? "the server did not answer in time"
                                              : "the call did not get its turn in time"}
                                      .with_errno(ETIMEDOUT),
                                  begun));
    }
}

std::optional<CallEngine::Time> CallEngine::next_deadline() const {
    return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

void CallEngine::begin_calls() {
    std::size_t octets = 0, pieces = 0;
    for (const Outgoing &out : sending_) {
        octets += out.size;
        pieces += 1 + out.arguments.size();
    }
    while (!waiting_.empty() && in_flight_ < most_in_flight_ && octets < most_octets &&
           pieces < most_pieces) {
        const std::uint32_t xid = waiting_.front();
        waiting_.pop_front();
        Pending &call = calls_.find(xid)->second;
        call.begun = true;
        ++in_flight_;
        Outgoing out{.xid = xid, .head = std::move(call.head), .arguments = std::move(call.arguments)};
        out.size = out.head.size();
        for (const auto &piece : out.arguments)
            out.size += piece.size();
        octets += out.size;
        pieces += 1 + out.arguments.size();
        sending_.push_back(std::move(out));
    }
}

Batch CallEngine::to_send() {
    begin_calls();
    pieces_.clear();
    std::size_t skipped = offset_;
    const auto add = [&](std::span<const std::byte> piece) {
        const std::size_t passed = std::min(skipped, piece.size());
        skipped -= passed;
        if (passed < piece.size())
            pieces_.push_back(piece.subspan(passed));
    };
    for (const Outgoing &out : sending_) {
        add(out.head);
        for (const Piece &piece : out.arguments) {
            if (!piece.file)
                add(piece.octets);
            else if (skipped >= piece.size())
                skipped -= piece.size();
            else if (pieces_.empty())
                return {.file = piece.file->behind(skipped)};
            else
                return {.octets = pieces_, .more = true};
        }
    }
    return {.octets = pieces_};
}

void CallEngine::sent(std::size_t count) {
    offset_ += count;
    while (!sending_.empty() && offset_ >= sending_.front().size) {
        offset_ -= sending_.front().size;
        if (sending_.front().is_answer)
            answer_octets_ -= sending_.front().size;
        else if (const auto call = calls_.find(sending_.front().xid); call != calls_.end())
            call->second.sent = true;
        sending_.pop_front();
    }
}

void CallEngine::answer(std::vector<std::byte> record) {
    const std::size_t size = record.size();
    answer_octets_ += size;
    sending_.push_back({.size = size, .is_answer = true, .owned = true, .head = std::move(record)});
}

Status CallEngine::took(std::size_t count) {
    reader_->took(count);
    return go_on();
}

Status CallEngine::go_on() {
    for (;;) {
        holds_back_ = !may_read();
        if (holds_back_)
            return {};
        auto record = reader_->next();
        if (!record)
            return std::move(record).error();
        if (!*record)
            return {};
        if (auto taken = take(std::move(**record)); !taken)
            return taken;
    }
}

Status CallEngine::take(wire::OwnedRecord record) {
    constexpr std::uint32_t is_call = 0;
    if (record.size >= 8 && word(record.view(), 1) == is_call)
        return take_call(record);
    auto header = wire::decode_reply(record.view());
    if (!header)
        return std::move(header).error();
    const auto call = calls_.find(header->xid);
    if (call == calls_.end() || !call->second.begun) {
        ++dropped_;
        return {};
    }
    complete(call, judge_answer(std::move(*header), std::move(record)));
    return {};
}

Status CallEngine::take_call(const wire::OwnedRecord &record) {
    const auto call = wire::decode_call(record.view());
    if (!call)
        return call.error();
    ++reverse_calls_;
    const auto &header = call->header;
    if (call->rpc_version != wire::rpc_version) {
        answer(wire::frame_record(*wire::encode_reply(
            {.xid = header.xid,
             .body = wire::DeniedReply{.stat = wire::RejectStat::rpc_mismatch,
                                       .versions = {wire::rpc_version, wire::rpc_version}}})));
        return {};
    }
    ReverseAnswer given{.status = static_cast<std::uint32_t>(wire::AcceptStat::prog_unavail)};
    if (reverse_)
        given = reverse_({header.program, header.version, header.procedure, header.credential.flavor,
                          header.credential.body, record.view().subspan(call->arguments_offset)});
    if (given.results.size() > record_limit_)
        given = {.status = static_cast<std::uint32_t>(wire::AcceptStat::system_err)};
    answer(answer_record(header.xid, given));
    return {};
}

void CallEngine::broken(const Error &error, bool keep_waiting) {
    sending_.clear();
    offset_ = answer_octets_ = 0;
    holds_back_ = false;
    reader_.emplace(record_limit_);
    for (auto call = calls_.begin(); call != calls_.end();) {
        const auto next = std::next(call);
        if (call->second.begun)
            complete(call, ended_call(error, true));
        call = next;
    }
    while (!keep_waiting && !waiting_.empty())
        complete(calls_.find(waiting_.front()), ended_call(error, false));
}

} // namespace rpctls::client
