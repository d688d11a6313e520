// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpctls/call.hpp"

#include "rpc/server/call_state.hpp"
#include "rpc/server/served_connection.hpp"
#include "rpc/wire/record.hpp"

#include <algorithm>
#include <exception>

namespace rpctls {

namespace server {

std::vector<std::byte> reply_head(const wire::ReplyHeader &reply, std::size_t results_size) {
    auto record = wire::frame_record(*wire::encode_reply(reply));
    const std::size_t size = record.size() - wire::record_mark_size + results_size;
    for (std::size_t i = 1; i < wire::record_mark_size; ++i)
        record[i] = static_cast<std::byte>(size >> (24 - 8 * i) & 0xff);
    record[0] = static_cast<std::byte>(0x80 | size >> 24);
    return record;
}

CallState::~CallState() {
    if (loop && loop->is_own_thread())
        loop->spare().take_back(record);
}

void CallState::answer(Answer answer) const {
    if (loop->is_own_thread()) {
        if (const auto alive = connection.lock())
            alive->deliver(std::move(answer));
        return;
    }
    auto kept = std::make_shared<Answer>(std::move(answer));
    loop->post([to = connection, kept = std::move(kept)] {
        if (const auto alive = to.lock())
            alive->deliver(std::move(*kept));
    });
}

void CallState::accept(wire::AcceptStat stat, Reply results) const {
    constexpr std::size_t header_size = 24;
    std::size_t size = 0;
    bool whole = true;
    for (const Reply::Piece &piece : results.pieces()) {
        size += std::min(piece.size(), largest_reply);
        whole = whole && (!piece.file || piece.file->check());
    }
    if (size > largest_reply - header_size || !whole)
        return accept(wire::AcceptStat::system_err);
    Answer out{reply_head({header.xid, wire::AcceptedReply{{}, stat, {}}, 0}, size), results.pieces()};
    answer(std::move(out));
}

} // namespace server

using server::CallState;

Call::Call(std::unique_ptr<CallState> state) : state_(std::move(state)) {}
Call::Call(Call &&) noexcept = default;

Call &Call::operator=(Call &&other) noexcept {
    if (this != &other) {
        const Call replaced(std::move(state_));
        state_ = std::move(other.state_);
    }
    return *this;
}

Call::~Call() {
    if (!state_)
        return;
    try {
        system_error();
    } catch (const std::exception &) {
        // Out of memory: the client waits until its own time is over.
    }
}

std::uint32_t Call::program() const {
    return state_->header.program;
}

std::uint32_t Call::version() const {
    return state_->header.version;
}

std::uint32_t Call::procedure() const {
    return state_->header.procedure;
}

std::uint32_t Call::xid() const {
    return state_->header.xid;
}

std::span<const std::byte> Call::arguments() const {
    return std::span(state_->record).subspan(state_->arguments_offset);
}

const Credential &Call::credential() const {
    return state_->credential;
}

const rpctls_session *Call::session() const {
    return state_->session.get();
}

const sockaddr_storage &Call::peer() const {
    return state_->peer->address;
}

const std::string &Call::peer_text() const {
    return state_->peer->text;
}

void Call::reply(Reply results) {
    const auto state = std::move(state_);
    state->accept(wire::AcceptStat::success, std::move(results));
}

void Call::procedure_unavailable() {
    const auto state = std::move(state_);
    state->accept(wire::AcceptStat::proc_unavail);
}

void Call::garbage_arguments() {
    const auto state = std::move(state_);
    state->accept(wire::AcceptStat::garbage_args);
}

void Call::system_error() {
    const auto state = std::move(state_);
    state->accept(wire::AcceptStat::system_err);
}

void Call::deny(std::uint32_t auth_stat) {
    const auto state = std::move(state_);
    state->answer({server::reply_head(
        {state->header.xid, wire::DeniedReply{wire::RejectStat::auth_error, {}, auth_stat}, 0})});
}

} // namespace rpctls
