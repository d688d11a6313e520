// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/clnt_handle.hpp"

#include "rpc/client/null_call.hpp"
#include "rpc/face/error.hpp"
#include "rpc/wire/message.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace rpctls::client {

namespace {

/// Results may be large, and go where the program wants them; this is against a server that never comes to an end.
constexpr std::uint64_t largest_reply = std::uint64_t{1} << 30;
/// Batched calls are sent when so much of them waits.
constexpr std::size_t most_waiting = 64 * 1024;
/// Replies to nobody's calls that one call puts up with, beside those that others did not wait for.
constexpr std::uint64_t most_strays = 16;
/// As libtirpc does.
constexpr int most_refreshes = 2;
constexpr long longest_timeout = 100000000; // seconds

bool is_time(const timeval &time) {
    return time.tv_sec >= 0 && time.tv_sec <= longest_timeout && time.tv_usec >= 0 && time.tv_usec <= 1000000;
}

std::chrono::microseconds duration_of(const timeval &time) {
    return std::chrono::seconds(std::clamp<long>(time.tv_sec, 0, longest_timeout)) +
           std::chrono::microseconds(std::clamp<long>(time.tv_usec, 0, 1000000));
}

bool put(XDR &xdr, std::uint32_t number) {
    return ::xdr_u_int32_t(&xdr, &number) != FALSE;
}

bool get(XDR &xdr, std::uint32_t &number) {
    return ::xdr_u_int32_t(&xdr, &number) != FALSE;
}

/// By way of a type that stands for any function, as libtirpc's xdrproc_t does for any routine.
xdrproc_t void_routine() {
    return reinterpret_cast<xdrproc_t>(reinterpret_cast<void (*)()>(::xdr_void));
}

xdrproc_t or_void(xdrproc_t routine) {
    return routine != nullptr ? routine : void_routine();
}

template <class T>
T &as(void *info) {
    return *static_cast<T *>(info);
}

} // namespace

CLIENT::clnt_ops ClntHandle::operations = {
    .cl_call = call_op,
    .cl_abort = [](CLIENT *) {},
    .cl_geterr =
        [](CLIENT *client, rpc_err *error) {
            ClntHandle &handle = *of(client);
            const std::lock_guard lock(handle.mutex_);
            *error = handle.error_;
        },
    .cl_freeres = [](CLIENT *, xdrproc_t routine, void *results) -> bool_t {
        XDR xdr{};
        xdr.x_op = XDR_FREE;
        return (*routine)(&xdr, results);
    },
    .cl_destroy = [](CLIENT *client) { const std::unique_ptr<ClntHandle> owner(of(client)); },
    .cl_control = control_op,
};

ClntHandle *ClntHandle::of(const CLIENT *client) {
    return client != nullptr && client->cl_ops == &operations ? static_cast<ClntHandle *>(client->cl_private)
                                                              : nullptr;
}

ClntHandle::ClntHandle(ClntStream stream, std::uint32_t program, std::uint32_t version,
                       std::chrono::milliseconds patience)
    : stream_(std::move(stream)), reader_(stream_, largest_reply), xid_(new_xid()), program_(program),
      version_(version), patience_(patience) {
    if (const tls::Channel *channel = stream_.channel())
        session_ =
            face::make_session(channel->facts(), channel->channel_binding(), channel->protected_by_kernel());
    socklen_t size = sizeof address_;
    if (::getpeername(stream_.fd(), reinterpret_cast<sockaddr *>(&address_), &size) != 0)
        size = 0;
    if (address_.ss_family == AF_INET6)
        netid_ = "tcp6";
    address_buffer_ = {sizeof address_, size, &address_};
    client_.cl_auth = ::authnone_create();
    client_.cl_ops = &operations;
    client_.cl_private = this;
    client_.cl_netid = netid_.data();
}

void ClntHandle::end_with(clnt_stat status, int number) {
    error_ = {};
    error_.re_status = status;
    if (status == RPC_AUTHERROR)
        error_.re_why = AUTH_FAILED;
    else
        error_.re_errno = number;
}

void ClntHandle::end_with_error(const Error &error, clnt_stat status) {
    end_with(status, error.system_errno);
    (void)face::failed(error, dead_.has_value());
}

/// In TLS 1.3 a server judges the client's certificate when the client believes to be done already (R-4.2-5).
bool ClntHandle::is_verdict(const Error &error) const {
    return (error.stage == Stage::handshake || error.stage == Stage::verify) && !stream_.heard();
}

/// The stream cannot be trusted any more: it is never tried to find the next record in it (R-5.1.1-11).
void ClntHandle::die(const Error &error, clnt_stat status) {
    dead_ = error;
    end_with_error(error, is_verdict(error) ? RPC_AUTHERROR : status);
}

void ClntHandle::failed_to_receive(const Error &error) {
    if (error.name == "rpc-timeout")
        end_with_error(error, RPC_TIMEDOUT); // the reply may come yet, and is passed over then
    else
        die(error, RPC_CANTRECV);
}

clnt_stat ClntHandle::call_op(CLIENT *client, rpcproc_t procedure, xdrproc_t encode, void *arguments,
                              xdrproc_t decode, void *results, timeval timeout) {
    ClntHandle &handle = *of(client);
    const std::lock_guard lock(handle.mutex_);
    const auto broken_off = [&] {
        handle.dead_ = Error{Stage::rpc, "out-of-memory", "out of memory"};
        handle.end_with(RPC_SYSTEMERROR, ENOMEM);
        return RPC_SYSTEMERROR;
    };
    try {
        return handle.call({procedure, or_void(encode), arguments, decode, results}, timeout);
    } catch (const std::exception &) {
        return broken_off();
    }
}

Status ClntHandle::update_keys(bool peer_too) {
    const std::lock_guard lock(mutex_);
    return stream_.channel() != nullptr ? stream_.channel()->update_keys(peer_too) : Status();
}

clnt_stat ClntHandle::call(const Call &call, timeval timeout) {
    face::forget_error();
    // Between two calls rather than within one: this one was not sent, and a new handle may send it.
    if (!dead_ && stream_.channel() != nullptr && stream_.channel()->is_worn() && writer_.waiting().empty()) {
        stream_.channel()->close();
        dead_ = Error{Stage::rpc, "key-worn", "the TLS session has sealed as much with one key as is sound"}
                    .advise("make a new handle: its session has new keys");
    }
    const auto wait = duration_of(wait_is_set_ ? wait_ : timeout);
    const bool is_batched = call.decode == nullptr && wait.count() == 0;
    const auto deadline = Deadline::after(wait);
    for (int refreshes = most_refreshes;;) {
        if (dead_) {
            end_with_error(*dead_, is_verdict(*dead_) ? RPC_AUTHERROR : RPC_CANTSEND);
            break;
        }
        error_ = {};
        if (!encode(call)) {
            end_with(RPC_CANTENCODEARGS);
            break;
        }
        if (is_batched && writer_.waiting().size() < most_waiting)
            break;
        const bool flushed = flush(wait.count() == 0 ? Deadline::after(patience_) : deadline);
        if (!flushed || is_batched)
            break;
        if (wait.count() == 0) {
            end_with(RPC_TIMEDOUT, ETIMEDOUT); // as asked for: the call was made, nobody waits for its reply
            break;
        }
        stream_.set_deadline(deadline);
        stream_.expect_answer();
        if (take_reply(call, refreshes-- > 0) == Turn::over)
            break;
    }
    return error_.re_status;
}

bool ClntHandle::encode(const Call &call) {
    XDR &xdr = writer_.begin();
    AUTH *auth = client_.cl_auth;
    --xid_;
    const bool fits = put(xdr, xid_) && put(xdr, CALL) && put(xdr, RPC_MSG_VERSION) && put(xdr, program_) &&
                      put(xdr, version_) && put(xdr, call.procedure) && AUTH_MARSHALL(auth, &xdr) &&
                      AUTH_WRAP(auth, &xdr, call.encode, static_cast<caddr_t>(call.arguments));
    if (!fits) {
        writer_.drop();
        return false;
    }
    writer_.end();
    ++unanswered_;
    return true;
}

bool ClntHandle::flush(Deadline deadline) {
    stream_.set_deadline(deadline);
    while (!writer_.waiting().empty()) {
        auto sent = stream_.write(writer_.waiting());
        if (!sent) {
            die(sent.error(), RPC_CANTSEND);
            return false;
        }
        writer_.sent(*sent);
    }
    return true;
}

/// Reads up to the reply of the last call, as far as its xid; others are passed over.
bool ClntHandle::find_reply(rpc_msg &reply) {
    for (std::uint64_t strays = 0;; ++strays) {
        if (strays > unanswered_ + most_strays) {
            die(Error{Stage::rpc, "rpc-failed", "the server answers calls that were never made"},
                RPC_CANTRECV);
            return false;
        }
        if (auto begun = reader_.begin(); !begun) {
            failed_to_receive(begun.error());
            return false;
        }
        std::uint32_t xid = 0, direction = 0;
        const bool whole = get(reader_.xdr(), xid) && get(reader_.xdr(), direction);
        if (!whole && reader_.failure()) {
            failed_to_receive(*reader_.failure());
            return false;
        }
        if (!whole || xid != xid_ || direction != REPLY)
            continue;
        reply.rm_xid = xid;
        reply.rm_direction = REPLY;
        unanswered_ -= std::min<std::uint64_t>(unanswered_, 1);
        return true;
    }
}

bool ClntHandle::decode_body(XDR &xdr, rpc_msg &reply) {
    std::uint32_t stat = 0;
    if (!get(xdr, stat))
        return false;
    if (stat == MSG_DENIED) {
        reply.rm_reply.rp_stat = MSG_DENIED;
        return ::xdr_rejected_reply(&xdr, &reply.rjcted_rply) != FALSE;
    }
    reply.rm_reply.rp_stat = MSG_ACCEPTED;
    // With a place of its own the verifier is never allocated; results wait for the authenticator.
    reply.acpted_rply.ar_verf.oa_base = reinterpret_cast<caddr_t>(verifier_);
    reply.acpted_rply.ar_results.proc = void_routine();
    return stat == MSG_ACCEPTED && ::xdr_accepted_reply(&xdr, &reply.acpted_rply) != FALSE;
}

ClntHandle::Turn ClntHandle::take_reply(const Call &call, bool may_refresh) {
    rpc_msg reply{};
    if (!find_reply(reply))
        return Turn::over;
    XDR &xdr = reader_.xdr();
    AUTH *auth = client_.cl_auth;
    const auto undecodable = [&] {
        if (reader_.failure())
            failed_to_receive(*reader_.failure());
        else
            end_with(RPC_CANTDECODERES);
        return Turn::over;
    };
    if (!decode_body(xdr, reply))
        return undecodable();
    ::_seterr_reply(&reply, &error_);
    if (error_.re_status == RPC_SUCCESS) {
        if (!AUTH_VALIDATE(auth, &reply.acpted_rply.ar_verf)) {
            error_.re_status = RPC_AUTHERROR;
            error_.re_why = AUTH_INVALIDRESP;
        } else if (!AUTH_UNWRAP(auth, &xdr, or_void(call.decode), static_cast<caddr_t>(call.results))) {
            return undecodable();
        }
        return Turn::over;
    }
    const bool again = error_.re_status == RPC_AUTHERROR && may_refresh && AUTH_REFRESH(auth, &reply);
    return again ? Turn::again : Turn::over;
}

bool_t ClntHandle::control_op(CLIENT *client, u_int request, void *info) {
    ClntHandle &handle = *of(client);
    const std::lock_guard lock(handle.mutex_);
    return handle.control(request, info) ? TRUE : FALSE;
}

bool ClntHandle::control(u_int request, void *info) {
    if (request == CLSET_FD_CLOSE || request == CLSET_FD_NCLOSE) {
        stream_.keep_open(request == CLSET_FD_NCLOSE);
        return true;
    }
    if (info == nullptr)
        return false;
    switch (request) {
    case CLSET_TIMEOUT:
        if (!is_time(as<timeval>(info)))
            return false;
        wait_ = as<timeval>(info);
        wait_is_set_ = true;
        return true;
    case CLGET_TIMEOUT:
        as<timeval>(info) = wait_;
        return true;
    case CLGET_FD:
        as<int>(info) = stream_.fd();
        return true;
    case CLGET_SERVER_ADDR: // into the caller's sockaddr, which is as large as its address family asks
        std::memcpy(info, &address_, address_buffer_.len);
        return true;
    case CLGET_SVC_ADDR:
        as<netbuf>(info) = address_buffer_;
        return true;
    case CLGET_XID: // of the last call
        as<std::uint32_t>(info) = xid_;
        return true;
    case CLSET_XID: // of the next
        xid_ = as<std::uint32_t>(info) + 1;
        return true;
    case CLGET_VERS:
        as<rpcvers_t>(info) = version_;
        return true;
    case CLSET_VERS:
        version_ = as<rpcvers_t>(info);
        return true;
    case CLGET_PROG:
        as<rpcprog_t>(info) = program_;
        return true;
    case CLSET_PROG:
        program_ = as<rpcprog_t>(info);
        return true;
    default:
        return false;
    }
}

} // namespace rpctls::client
