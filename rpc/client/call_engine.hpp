// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/batch.hpp"
#include "rpc/base/deadline.hpp"
#include "rpc/wire/record_room.hpp"
#include "rpctls/connection.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rpctls::client {

/// The calls of a Connection, without its input and output: what to send, what a reply belongs to, whose time is over. It
/// belongs to one thread.
class CallEngine {
public:
    using Time = Deadline::Clock::time_point;

    struct Submission {
        std::uint64_t id = 0;
        std::uint32_t xid = 0;       ///< of no other outstanding call
        std::vector<std::byte> head; ///< the record's mark and the call's header
        std::vector<Piece> arguments;
        Time deadline;
        Completion done;
    };
    struct Completed {
        Completion done;
        Result<CallReply> result;
    };

    CallEngine(std::size_t most_in_flight, std::size_t record_limit, ReverseHandler reverse)
        : most_in_flight_(most_in_flight), record_limit_(record_limit), reverse_(std::move(reverse)),
          reader_(record_limit) {}

    void submit(Submission call);
    void cancel(std::uint64_t id, std::uint32_t xid);
    /// Ends the calls whose time is over.
    void expire(Time now);
    std::optional<Time> next_deadline() const;

    /// Whether a call waits for a connection.
    bool waits() const { return !waiting_.empty(); }
    /// What goes next, up to a bound; the calls that it is of count as begun, whatever becomes of the connection. It lies
    /// still until the next other call of a member. The same octets come first again until sent() tells that they went.
    Batch to_send();
    void sent(std::size_t count);
    /// False while a peer that calls does not take its answers.
    bool may_read() const { return answer_octets_ < most_answer_octets; }
    /// Only while nothing is held back.
    std::span<std::byte> room() { return reader_->room(); }
    /// `count` octets were received into room(). Errors (stage rpc), after which the connection is of no use: reply-malformed,
    /// call-malformed, record-too-large, record-empty.
    Status took(std::size_t count);
    /// Of what was received, a part waits until the peer takes the answers it has asked for: go_on() once may_read().
    bool holds_back() const { return holds_back_; }
    /// Errors: those of took().
    Status go_on();
    bool mid_record() const { return reader_->mid_record(); }

    /// The connection is over: ends the calls that were begun; the others too unless they may go on to the next connection.
    void broken(const Error &error, bool keep_waiting);

    /// What was completed since the last time, to be told.
    std::vector<Completed> take_completed() { return std::exchange(completed_, {}); }
    std::uint64_t dropped_replies() const { return dropped_; }
    std::uint64_t reverse_calls() const { return reverse_calls_; }

private:
    static constexpr std::size_t most_answer_octets = std::size_t{1} << 20;

    struct Pending {
        std::uint64_t id = 0;
        bool begun = false;
        bool sent = false; ///< to its last octet
        Time deadline;
        Completion done;
        std::vector<std::byte> head;
        std::vector<Piece> arguments;
    };
    struct Outgoing {
        std::uint32_t xid = 0;
        std::size_t size = 0;
        bool is_answer = false;
        bool owned = false; ///< its caller is not waited for: nothing of it is borrowed
        std::vector<std::byte> head{};
        std::vector<Piece> arguments{};
    };
    using Calls = std::unordered_map<std::uint32_t, Pending>;

    void begin_calls();
    void complete(Calls::iterator call, Result<CallReply> result);
    void keep_octets(std::uint32_t xid);
    Status take(wire::OwnedRecord record);
    Status take_call(const wire::OwnedRecord &record);
    void answer(std::vector<std::byte> record);

    std::size_t most_in_flight_;
    std::size_t record_limit_;
    ReverseHandler reverse_;
    std::optional<wire::RecordRoom> reader_;
    Calls calls_;
    std::deque<std::uint32_t> waiting_; ///< not begun
    std::deque<Outgoing> sending_;      ///< begun, not all sent
    std::size_t offset_ = 0;            ///< in the first of them
    std::size_t in_flight_ = 0;         ///< begun, not completed
    std::set<std::pair<Time, std::uint32_t>> deadlines_;
    std::vector<std::span<const std::byte>> pieces_;
    std::vector<Completed> completed_;
    std::size_t answer_octets_ = 0;
    bool holds_back_ = false;
    std::uint64_t dropped_ = 0;
    std::uint64_t reverse_calls_ = 0;
};

} // namespace rpctls::client
