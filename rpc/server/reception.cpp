// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/reception.hpp"

#include "rpc/base/text.hpp"

#include <stdexcept>
#include <string_view>

namespace rpctls::server {

namespace {

Reception::Answer answer(std::uint32_t xid, const wire::DeniedReply &denial) {
    return {wire::frame_record(*wire::encode_reply({xid, denial, 0})), denial.auth_stat};
}

} // namespace

Reception::Reception(Parameters parameters)
    : parameters_(parameters), reader_(parameters.largest_record, parameters.spare) {}

const wire::OpaqueAuth &Reception::token() {
    static const wire::OpaqueAuth token = [] {
        const auto text = as_bytes(std::string_view("STARTTLS"));
        return wire::OpaqueAuth{wire::auth_flavor_none, {text.begin(), text.end()}};
    }();
    return token;
}

void Reception::feed(std::span<const std::byte> octets) {
    if (octets.empty())
        return;
    switch (state_) {
    case State::clear:
    case State::session:
        failed_ = !reader_.feed(octets);
        break;
    case State::offering:
        stray_ = true;
        break;
    case State::handshake:
        throw std::logic_error("octets of a TLS handshake given to RPC");
    case State::ended:
        break;
    }
}

/// The auth_stat that the call is denied with, before program and version are looked at (R-4.1-8).
std::optional<std::uint32_t> Reception::objection(const wire::CallHeader &call) const {
    if (call.credential.flavor != wire::auth_flavor_tls) {
        const bool too_weak = state_ == State::clear && insists_on_tls(parameters_.policy);
        return too_weak ? std::optional(wire::auth_tooweak) : std::nullopt;
    }
    if (state_ == State::session || call.procedure != wire::null_procedure || !call.credential.body.empty())
        return wire::auth_badcred;
    if (call.verifier != wire::OpaqueAuth())
        return wire::auth_badverf;
    return std::nullopt;
}

Result<Reception::Event> Reception::judge(std::vector<std::byte> record) {
    auto message = wire::decode_call(record);
    if (!message)
        return std::move(message).error();
    const std::uint32_t xid = message->header.xid;
    if (message->rpc_version != wire::rpc_version)
        return Event(
            answer(xid, {wire::RejectStat::rpc_mismatch, {wire::rpc_version, wire::rpc_version}, 0}));
    if (const auto auth_stat = objection(message->header))
        return Event(answer(xid, {wire::RejectStat::auth_error, {}, *auth_stat}));
    Call call{std::move(*message), std::move(record), false};
    if (call.message.header.credential.flavor != wire::auth_flavor_tls)
        return Event(std::move(call));
    call.message.header.credential = {};
    call.is_probe = parameters_.can_offer && parameters_.policy != TlsPolicy::none;
    if (call.is_probe) {
        state_ = State::offering;
        stray_ = reader_.mid_record() || reader_.next().has_value();
    }
    return Event(std::move(call));
}

Result<std::optional<Reception::Event>> Reception::next() {
    if (state_ != State::clear && state_ != State::session)
        return std::optional<Event>();
    auto record = reader_.next();
    if (!record && !failed_)
        return std::optional<Event>();
    auto event = record ? judge(std::move(*record)) : Result<Event>(reader_.feed({}).error());
    if (!event) {
        state_ = State::ended;
        return std::move(event).error();
    }
    return std::optional<Event>(std::move(*event));
}

void Reception::answered(bool accepted) {
    if (state_ != State::offering)
        throw std::logic_error("an answer to no probe");
    if (stray_)
        state_ = State::ended;
    else
        state_ = accepted ? State::handshake : State::clear;
}

void Reception::session_begun() {
    if (state_ != State::handshake)
        throw std::logic_error("a session without a handshake");
    reader_ = wire::RecordReader(parameters_.largest_record, parameters_.spare);
    failed_ = false;
    state_ = State::session;
}

} // namespace rpctls::server
