// SPDX-License-Identifier: LGPL-2.1-or-later
// A Connection's calls, and a server that answers whatever it likes, beside a model that knows what has to come of it. First
// an octet of limits, then commands, see command().
#include "rpc/client/call_engine.hpp"
#include "rpc/wire/message.hpp"
#include "rpc/wire/record.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace rpctls;
using client::CallEngine;

namespace {

using Octets = std::vector<std::byte>;
using View = std::span<const std::byte>;
using Time = CallEngine::Time;

constexpr std::size_t most_commands = 400;
constexpr std::size_t most_said = std::size_t{1} << 20;
constexpr std::size_t largest_small_room = 16384;
constexpr std::size_t most_answer_octets = std::size_t{1} << 20;

std::uint32_t word(View octets) {
    std::uint32_t number = 0;
    for (const std::byte octet : octets.first(4))
        number = number << 8 | std::to_integer<std::uint32_t>(octet);
    return number;
}

void set_word(std::span<std::byte> octets, std::uint32_t number) {
    for (unsigned i = 0; i < 4; ++i)
        octets[i] = static_cast<std::byte>(number >> (24 - 8 * i) & 0xff);
}

bool are_same(View a, View b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

bool is_call(View record) {
    return record.size() >= 8 && word(record.subspan(4)) == 0;
}

/// In one fragment, or in two.
Octets framed(View message, bool in_two) {
    if (!in_two)
        return wire::frame_record(message);
    Octets record = wire::frame_record(message.first(message.size() / 2));
    record[0] &= std::byte{0x7f};
    const Octets rest = wire::frame_record(message.subspan(message.size() / 2));
    record.insert(record.end(), rest.begin(), rest.end());
    return record;
}

/// What this program's handler answers, by what the call asks for.
ReverseAnswer answer_to(std::uint32_t version, std::uint32_t procedure) {
    ReverseAnswer answer{.status = procedure % 7, .low = version, .high = procedure};
    answer.results.resize(version % 16384, std::byte{0x5a});
    return answer;
}

/// The record that this becomes.
Octets expected_answer(const wire::CallMessage &call, std::size_t limit) {
    const auto &header = call.header;
    if (call.rpc_version != wire::rpc_version)
        return wire::frame_record(*wire::encode_reply(
            {header.xid, wire::DeniedReply{wire::RejectStat::rpc_mismatch, {2, 2}, 0}, 0}));
    const auto answer = answer_to(header.version, header.procedure);
    const bool fits = answer.results.size() <= limit;
    const auto status = static_cast<wire::AcceptStat>(fits ? std::min(answer.status, 5U) : 5U);
    auto message =
        *wire::encode_reply({header.xid, wire::AcceptedReply{{}, status, {answer.low, answer.high}}, 0});
    if (status == wire::AcceptStat::success)
        message.insert(message.end(), answer.results.begin(), answer.results.end());
    return wire::frame_record(message);
}

struct Input {
    View rest;
    unsigned octet() { return rest.empty() ? 0 : std::to_integer<unsigned>(take(1)[0]); }
    View take(std::size_t count) {
        const View taken = rest.first(std::min(count, rest.size()));
        rest = rest.subspan(taken.size());
        return taken;
    }
};

class Model {
public:
    explicit Model(unsigned limits)
        : most_in_flight_(1 + (limits & 7)), limit_((limits & 8) != 0 ? 64 : 65536),
          engine_(most_in_flight_, limit_, [this](const ReverseCall &call) {
              ++handled_;
              return answer_to(call.version, call.procedure);
          }) {}

    void run(Input input) {
        for (std::size_t i = 0; i < most_commands && !input.rest.empty(); ++i) {
            const unsigned what = input.octet() % 9;
            command(what, input);
            if (what < 4 || what > 6) // what the server says is nothing until it is received
                settle();
        }
        break_connection("over", false);
        settle();
        fuzz::require(outstanding_.empty());
    }

private:
    struct Call {
        std::uint32_t xid = 0;
        Octets record;                 ///< as it has to go
        std::vector<Octets> arguments; ///< lent to the engine until it completes
        Time deadline{};
        bool begun = false;
    };
    struct Outcome {
        std::string name; ///< of an error
        bool is_answer = false;
        Octets results{};
    };

    void command(unsigned what, Input &input) {
        switch (what) {
        case 0: { // how many arguments, how large, what deadline
            const unsigned pieces = input.octet() & 3, size = input.octet(), time = input.octet();
            return submit(pieces, std::size_t{16} * size, time);
        }
        case 1: { // which of all; whether by its right number
            const unsigned which = input.octet();
            return cancel(which & 0x7f, (which & 0x80) == 0);
        }
        case 2: // so much later
            now_ += std::chrono::milliseconds(input.octet());
            expect_timeouts();
            return engine_.expire(now_);
        case 3: { // how much of what there is
            const unsigned part = input.octet();
            return send(part == 255 ? offered_.size() : std::size_t{part} * part);
        }
        case 4: // octets of any kind
            return say(input.take(input.octet()));
        case 5: { // to which call, how, with results of what size
            const unsigned which = input.octet(), how = input.octet(), size = input.octet();
            return say_reply(which, how, std::size_t{256} * size);
        }
        case 6: { // whether it is one of this version; for what
            const unsigned how = input.octet(), procedure = input.octet(), version = input.octet();
            return say_call(how, procedure, 64 * version);
        }
        case 7: { // how much at most
            const std::size_t most = input.octet() + 1;
            return receive(most * most);
        }
        default:
            return break_connection("broken", (input.octet() & 1) != 0);
        }
    }

    /// What holds after each command.
    void settle() {
        for (auto &completed : engine_.take_completed())
            completed.done(std::move(completed.result));
        fuzz::require(expected_.empty());
        look_at_what_goes();
        bool waits = false;
        std::optional<Time> next;
        for (const std::uint64_t id : outstanding_) {
            const Call &call = calls_[id];
            waits = waits || !call.begun;
            next = next ? std::min(*next, call.deadline) : call.deadline;
        }
        fuzz::require(engine_.waits() == waits && engine_.next_deadline() == next);
        // Who takes no answers is not listened to; who has taken all of them is.
        fuzz::require(engine_.may_read() ? answer_octets_ < most_answer_octets : answer_octets_ > 0);
        fuzz::require(engine_.reverse_calls() == reverse_calls_ && engine_.dropped_replies() == dropped_);
        fuzz::require(handled_ == to_be_handled_);
    }

    // ---- The program ----

    void submit(unsigned pieces, std::size_t size, unsigned time) {
        const std::uint64_t id = calls_.size();
        Call &call = calls_.emplace_back();
        call.xid = static_cast<std::uint32_t>(id + 1);
        call.deadline = now_ + std::chrono::milliseconds(time);
        auto head = wire::frame_record(
            *wire::encode_call({.xid = call.xid, .program = 100003, .version = 4, .procedure = 1}));
        set_word(head, 0x80000000 | static_cast<std::uint32_t>(head.size() - 4 + pieces * size));
        call.record = head;
        std::vector<Piece> lent;
        for (unsigned i = 0; i < pieces; ++i) {
            call.arguments.emplace_back(size, static_cast<std::byte>(id + i));
            const View octets = lent.emplace_back(call.arguments.back()).octets;
            call.record.insert(call.record.end(), octets.begin(), octets.end());
        }
        outstanding_.insert(id);
        engine_.submit({.id = id,
                        .xid = call.xid,
                        .head = std::move(head),
                        .arguments = std::move(lent),
                        .deadline = call.deadline,
                        .done = [this, id](Result<CallReply> result) { completed(id, std::move(result)); }});
    }

    void cancel(std::uint64_t id, bool rightly) {
        if (outstanding_.contains(id) && rightly)
            expected_[id] = {"call-cancelled"};
        engine_.cancel(rightly ? id : id + 1, static_cast<std::uint32_t>(id + 1));
    }

    void expect_timeouts() {
        for (const std::uint64_t id : outstanding_)
            if (calls_[id].deadline <= now_)
                expected_[id] = {"rpc-timeout"};
    }

    /// Once for each call, as it had to be; whoever lent arguments may throw them away.
    void completed(std::uint64_t id, Result<CallReply> result) {
        const auto expected = expected_.find(id);
        fuzz::require(outstanding_.erase(id) == 1 && expected != expected_.end());
        Call &call = calls_[id];
        const Outcome &outcome = expected->second;
        if (outcome.is_answer) {
            fuzz::require(call.begun && result.has_value() == outcome.name.empty());
            fuzz::require(!result || are_same(result->results(), outcome.results));
        } else {
            fuzz::require(!result && result.error().name == outcome.name);
            fuzz::require(result.error().facts.back() == Fact{"executed", call.begun ? "maybe" : "no"});
        }
        call.arguments.clear();
        expected_.erase(expected);
    }

    // ---- To the server ----

    /// Whole calls, in their order, as many at a time as may be, and answers; and what was offered before comes first.
    void look_at_what_goes() {
        const std::size_t known = offered_.size();
        std::size_t at = 0;
        const Batch batch = engine_.to_send();
        fuzz::require(!batch.file && !batch.more);
        for (const View piece : batch.octets) {
            const std::size_t again = std::min(piece.size(), known - at);
            fuzz::require(are_same(piece.first(again), View(offered_).subspan(at, again)));
            at += again;
            offered_.insert(offered_.end(), piece.begin() + static_cast<std::ptrdiff_t>(again), piece.end());
        }
        fuzz::require(at == known);
        for (View fresh = View(offered_).subspan(known); !fresh.empty();) {
            fuzz::require(fresh.size() >= 12 && (word(fresh) & 0x80000000) != 0);
            const std::size_t size = 4 + (word(fresh) & 0x7fffffff);
            fuzz::require(fresh.size() >= size);
            take_record(fresh.first(size));
            fresh = fresh.subspan(size);
        }
        const auto in_flight = std::count_if(outstanding_.begin(), outstanding_.end(),
                                             [this](std::uint64_t id) { return calls_[id].begun; });
        fuzz::require(static_cast<std::size_t>(in_flight) <= most_in_flight_);
    }

    void take_record(View record) {
        const bool answers = !is_call(record.subspan(4));
        going_.emplace_back(record.size(), answers);
        if (answers) {
            fuzz::require(!answers_.empty() && are_same(answers_.front(), record));
            answers_.pop_front();
            return;
        }
        const auto next = std::find_if(outstanding_.begin(), outstanding_.end(),
                                       [this](std::uint64_t id) { return !calls_[id].begun; });
        fuzz::require(next != outstanding_.end());
        Call &call = calls_[*next];
        fuzz::require(are_same(call.record, record));
        call.begun = true;
        call.record = {};
    }

    void send(std::size_t count) {
        count = std::min(count, offered_.size());
        engine_.sent(count);
        offered_.erase(offered_.begin(), offered_.begin() + static_cast<std::ptrdiff_t>(count));
        for (sent_ += count; !going_.empty() && sent_ >= going_.front().first; going_.pop_front()) {
            sent_ -= going_.front().first;
            if (going_.front().second)
                answer_octets_ -= going_.front().first;
        }
    }

    // ---- From the server ----

    void say(View octets) {
        if (inbound_.size() < most_said)
            inbound_.insert(inbound_.end(), octets.begin(), octets.end());
    }

    void say_reply(unsigned which, unsigned how, std::size_t size) {
        wire::ReplyHeader reply{.xid = which, .body = {}};
        if ((how & 7) > 5)
            reply.body = wire::DeniedReply{static_cast<wire::RejectStat>(how & 1), {2, 3}, which};
        else
            reply.body = wire::AcceptedReply{
                {how & 8U, Octets(how & 16)}, static_cast<wire::AcceptStat>(how & 7), {1, 2}};
        Octets message = *wire::encode_reply(reply);
        message.resize(message.size() + size, static_cast<std::byte>(which));
        say(framed(message, (how & 32) != 0));
    }

    void say_call(unsigned how, std::uint32_t procedure, std::uint32_t version) {
        Octets message = *wire::encode_call(
            {.xid = how, .program = 0x40000000, .version = version, .procedure = procedure});
        if ((how & 1) != 0)
            set_word(std::span(message).subspan(8), how); // another version of RPC
        say(framed(message, (how & 32) != 0));
    }

    void receive(std::size_t most) {
        if (!engine_.may_read())
            return;
        if (engine_.holds_back())
            return took({}, engine_.go_on());
        const auto room = engine_.room();
        fuzz::require(!room.empty() && room.size() <= std::max(largest_small_room, limit_));
        const std::size_t count = std::min({most, room.size(), inbound_.size()});
        if (count == 0)
            return;
        std::copy_n(inbound_.begin(), count, room.begin());
        const auto end = inbound_.begin() + static_cast<std::ptrdiff_t>(count);
        const Octets octets(inbound_.begin(), end);
        inbound_.erase(inbound_.begin(), end);
        took(octets, engine_.took(count));
    }

    void took(View octets, const Status &taken) {
        const auto failure = predict(octets);
        fuzz::require(failure ? !taken && taken.error().name == *failure : taken.has_value());
        if (failure)
            return break_connection("broken", true);
        fuzz::require(engine_.holds_back() == (answer_octets_ >= most_answer_octets));
        fuzz::require(engine_.holds_back() || engine_.mid_record() == reader_->mid_record());
    }

    /// What comes of these octets: the calls that they complete and the answers that they ask for; or an error.
    std::optional<std::string> predict(View octets) {
        if (const Status fed = reader_->feed(octets); !fed)
            fault_ = fed.error().name;
        while (answer_octets_ < most_answer_octets) {
            const auto record = reader_->next();
            if (!record)
                return fault_;
            if (auto failure = is_call(*record) ? predict_answer(*record) : predict_outcome(*record))
                return failure;
        }
        return std::nullopt;
    }

    std::optional<std::string> predict_answer(View record) {
        const auto call = wire::decode_call(record);
        if (!call)
            return call.error().name;
        ++reverse_calls_;
        to_be_handled_ += call->rpc_version == wire::rpc_version ? 1 : 0;
        answers_.push_back(expected_answer(*call, limit_));
        answer_octets_ += answers_.back().size();
        return std::nullopt;
    }

    std::optional<std::string> predict_outcome(View record) {
        const auto reply = wire::decode_reply(record);
        if (!reply)
            return reply.error().name;
        const std::uint64_t id = std::uint64_t{reply->xid} - 1;
        if (!outstanding_.contains(id) || !calls_[id].begun || expected_.contains(id)) {
            ++dropped_;
            return std::nullopt;
        }
        const auto *accepted = std::get_if<wire::AcceptedReply>(&reply->body);
        const bool succeeded = accepted != nullptr && accepted->stat == wire::AcceptStat::success;
        const View results = record.subspan(reply->results_offset);
        expected_[id] = {succeeded ? "" : "refused", true, Octets(results.begin(), results.end())};
        return std::nullopt;
    }

    void break_connection(const char *why, bool keep_waiting) {
        for (const std::uint64_t id : outstanding_)
            if ((calls_[id].begun || !keep_waiting) && !expected_.contains(id))
                expected_[id] = {why};
        engine_.broken(Error{Stage::rpc, why, why}, keep_waiting);
        offered_.clear();
        going_.clear();
        answers_.clear();
        inbound_.clear();
        reader_.emplace(limit_);
        fault_.reset();
        sent_ = answer_octets_ = 0;
    }

    const std::size_t most_in_flight_, limit_;
    std::deque<Call> calls_; ///< by id
    std::set<std::uint64_t> outstanding_;
    std::map<std::uint64_t, Outcome>
        expected_; ///< of calls that must have completed by the end of this command
    Time now_{};

    Octets offered_; ///< not sent
    std::deque<std::pair<std::size_t, bool>>
        going_;                     ///< records that are not all sent: their size, whether one answers
    std::size_t sent_ = 0;          ///< of the first of them
    std::deque<Octets> answers_;    ///< not offered
    std::size_t answer_octets_ = 0; ///< not sent

    Octets inbound_; ///< said by the server, not received
    std::optional<wire::RecordReader> reader_{limit_};
    std::optional<std::string> fault_; ///< behind the records that reader_ has
    std::uint64_t reverse_calls_ = 0, dropped_ = 0, handled_ = 0, to_be_handled_ = 0;

    CallEngine engine_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size > 0)
        Model(*data).run({fuzz::octets(data + 1, size - 1)});
    return 0;
}
