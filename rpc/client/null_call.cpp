// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/null_call.hpp"

#include "rpc/client/ready.hpp"
#include "rpc/tls/session.hpp"
#include "rpc/wire/message.hpp"
#include "rpc/wire/record.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace rpctls::client {

namespace {

/// A reply without results and the largest verifier fits many times.
constexpr std::size_t largest_reply = 4096;
constexpr unsigned most_strays = 8;

Error program_error(std::string name, std::string what, std::uint32_t program, std::uint32_t version) {
    return Error{Stage::rpc, std::move(name), std::move(what)}
        .with("program", std::to_string(program))
        .with("version", std::to_string(version));
}

Status judge(const wire::ReplyHeader &reply, std::uint32_t program, std::uint32_t version) {
    if (std::holds_alternative<wire::DeniedReply>(reply.body))
        return program_error("rpc-denied", "the server denies a call inside TLS", program, version)
            .with("answer", wire::describe(reply))
            .advise("the server's policy refuses this client: look at its export or service options");
    const auto &accepted = std::get<wire::AcceptedReply>(reply.body);
    switch (accepted.stat) {
    case wire::AcceptStat::success:
        return {};
    case wire::AcceptStat::prog_unavail:
        return program_error("program-unavailable", "TLS works, but the server does not have the program",
                             program, version)
            .advise("check the program number and the port");
    case wire::AcceptStat::prog_mismatch:
        return program_error("version-mismatch",
                             "TLS works, but the server does not have this version of the program", program,
                             version)
            .with("versions there",
                  std::to_string(accepted.versions.low) + " to " + std::to_string(accepted.versions.high))
            .advise("ask for one of those versions");
    default:
        return program_error("rpc-failed", "TLS works, but the program fails on its NULL procedure", program,
                             version)
            .with("answer", wire::describe(reply));
    }
}

/// Endings that say nothing about their cause.
bool is_mute(const Error &error) {
    return error.name == "session-truncated" || error.name == "session-reset" ||
           error.name == "session-failed";
}

class NullCall {
public:
    NullCall(tls::Session &session, int fd, std::uint32_t program, std::uint32_t version)
        : session_(session), fd_(fd), program_(program), version_(version) {}

    Status run(Deadline deadline) {
        const auto half_way = Deadline::after(deadline.left() / 2);
        if (auto sent = send_call(deadline); !sent)
            return sent;
        for (;;) {
            auto answer = read_answer();
            if (!answer)
                return std::move(answer).error();
            if (*answer)
                return judge(**answer, program_, version_);
            const bool again = calls_ < xids_.size() && (strays_ > 0 || half_way.passed());
            if (again) {
                if (auto sent = send_call(deadline); !sent)
                    return sent;
                continue;
            }
            const auto until = calls_ < xids_.size() ? half_way : deadline;
            if (!wait_readable(fd_, until) && deadline.passed())
                return Error{Stage::rpc, "rpc-timeout",
                             "TLS is up, but the server does not answer a call inside it"}
                    .advise("the server may be overloaded or hung: look at its log");
        }
    }

private:
    Status send_call(Deadline deadline) {
        const wire::CallHeader call{.xid = new_xid(), .program = program_, .version = version_};
        xids_[calls_++] = call.xid;
        const auto record = wire::frame_record(*wire::encode_call(call));
        std::span<const std::byte> rest(record);
        while (!rest.empty()) {
            auto sent = session_.send(rest);
            if (!sent)
                return verdict_behind(std::move(sent).error());
            if (*sent)
                rest = rest.subspan(**sent);
            else if (!wait_writable(fd_, deadline))
                return Error{Stage::rpc, "rpc-timeout",
                             "TLS is up, but the server does not take a call inside it"};
        }
        return {};
    }

    /// The session ended before an answer came, for the reason `seen` or with a close_notify. In TLS 1.3 a client has
    /// finished before the server has judged its certificate, and servers are about that say no by hanging up.
    Error ended(std::optional<Error> seen) const {
        const auto &facts = session_.facts();
        const std::string how = seen ? summary(*seen) : "the server ended the session";
        if (facts.certificate_sent && strays_ == 0)
            return Error{Stage::handshake, "client-certificate-refused",
                         "the server hung up right after it got the client's certificate"}
                .with("seen", how)
                .advise("most likely it does not accept this certificate: have its CA added to the server's "
                        "truststore, or use another identity; the log of the server's agent has the reason");
        if (facts.certificate_requested && strays_ == 0)
            return Error{Stage::handshake, "client-certificate-required",
                         "the server hung up right after it got no client certificate"}
                .with("seen", how)
                .advise("most likely it insists on one: give this client an identity (tlsctl identity add) "
                        "and use "
                        "it: xprtsec=mtls");
        if (seen)
            return std::move(*seen);
        return Error{Stage::rpc, "rpc-closed", "the server ended the session instead of answering a call"};
    }

    /// A failed send says only that the peer is gone; why may still be there to read.
    Error verdict_behind(Error failure) {
        std::array<std::byte, 1024> room;
        for (unsigned tries = 0; tries <= most_strays; ++tries) {
            auto got = session_.receive(room);
            if (!got && !is_mute(got.error()))
                return std::move(got).error();
            if (!got || !*got || **got == 0)
                break;
        }
        return ended(std::move(failure));
    }

    /// Reads what there is: the reply when it has come.
    Result<std::optional<wire::ReplyHeader>> read_answer() {
        std::array<std::byte, 4096> room;
        for (;;) {
            while (const auto message = reader_.next()) {
                auto reply = wire::decode_reply(*message);
                if (!reply)
                    return std::move(reply).error();
                if (std::ranges::find(xids_.begin(), xids_.begin() + calls_, reply->xid) !=
                    xids_.begin() + calls_)
                    return std::optional(std::move(*reply));
                if (++strays_ > most_strays)
                    return Error{Stage::rpc, "rpc-failed", "the server answers calls that were never made"};
            }
            auto got = session_.receive(room);
            if (!got)
                return is_mute(got.error()) ? ended(std::move(got).error()) : std::move(got).error();
            if (!*got)
                return std::optional<wire::ReplyHeader>();
            if (**got == 0)
                return ended(std::nullopt);
            if (auto fed = reader_.feed(std::span(room).first(**got)); !fed)
                return std::move(fed).error();
        }
    }

    tls::Session &session_;
    int fd_;
    std::uint32_t program_;
    std::uint32_t version_;
    std::array<std::uint32_t, 2> xids_{};
    unsigned calls_ = 0;
    unsigned strays_ = 0;
    wire::RecordReader reader_{largest_reply};
};

} // namespace

std::uint32_t new_xid() {
    std::uint32_t xid = 0;
    // Four octets come whole or not at all; before the pool is ready (early boot) getrandom waits.
    while (::getrandom(&xid, sizeof xid, 0) != sizeof xid) {
    }
    return xid;
}

Status call_null(tls::Session &session, int fd, std::uint32_t program, std::uint32_t version,
                 Deadline deadline) {
    return NullCall(session, fd, program, version).run(deadline);
}

} // namespace rpctls::client
