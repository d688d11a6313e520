// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/clnt_stream.hpp"
#include "rpc/face/session.hpp"
#include "rpc/wire/record_writer.hpp"

#include <rpc/rpc.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <mutex>

namespace rpctls::client {

/// What is behind a CLIENT of ours: libtirpc's contract for clnt_call() and its kin, over a connection that is protected or
/// meant to be in clear. Calls take turns; a call that libtirpc's own authenticators make within a call (RPCSEC_GSS) works.
class ClntHandle {
public:
    /// `patience` is for octets that nobody waits for: batched calls, and those that want no answer.
    ClntHandle(ClntStream stream, std::uint32_t program, std::uint32_t version,
               std::chrono::milliseconds patience);
    ClntHandle(const ClntHandle &) = delete;
    ClntHandle &operator=(const ClntHandle &) = delete;

    CLIENT *client() { return &client_; }
    const rpctls_session *session() const { return session_.get(); }
    /// See tls::Channel::update_keys(); in clear there is nothing to do.
    Status update_keys(bool peer_too);
    /// Absent: it is somebody else's.
    static ClntHandle *of(const CLIENT *client);

private:
    using Milliseconds = std::chrono::milliseconds;
    struct Call {
        rpcproc_t procedure;
        xdrproc_t encode;
        void *arguments;
        xdrproc_t decode;
        void *results;
    };
    enum class Turn { over, again };

    static CLIENT::clnt_ops operations;
    static clnt_stat call_op(CLIENT *, rpcproc_t, xdrproc_t, void *, xdrproc_t, void *, timeval);
    static bool_t control_op(CLIENT *, u_int, void *);

    clnt_stat call(const Call &call, timeval timeout);
    bool encode(const Call &call);
    bool flush(Deadline deadline);
    Turn take_reply(const Call &call, bool may_refresh);
    bool find_reply(rpc_msg &reply);
    bool decode_body(XDR &xdr, rpc_msg &reply);
    bool control(u_int request, void *info);

    void end_with(clnt_stat status, int number = 0);
    void end_with_error(const Error &error, clnt_stat status);
    void die(const Error &error, clnt_stat status);
    void failed_to_receive(const Error &error);
    bool is_verdict(const Error &error) const;

    std::recursive_mutex mutex_;
    CLIENT client_{};
    std::string netid_ = "tcp";
    ClntStream stream_;
    std::unique_ptr<rpctls_session> session_;
    wire::RecordWriter writer_;
    wire::RecordStream reader_;
    std::uint32_t xid_;
    std::uint32_t program_;
    std::uint32_t version_;
    Milliseconds patience_;
    timeval wait_{25, 0};
    bool wait_is_set_ = false;
    rpc_err error_{};
    std::optional<Error> dead_;    ///< why nothing can be called any more
    std::uint64_t unanswered_ = 0; ///< calls sent whose replies may still come
    sockaddr_storage address_{};
    netbuf address_buffer_{};
    std::byte verifier_[MAX_AUTH_BYTES];
};

} // namespace rpctls::client
