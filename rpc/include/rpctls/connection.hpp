// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpctls/api.h>
#include <rpctls/auth_sys.hpp>
#include <rpctls/parameters.hpp>
#include <rpctls/piece.hpp>
#include <rpctls/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Concurrent RPC calls on one connection, inside TLS (RFC 9289, RFC 5531).
namespace rpctls {

/// Who calls (RFC 5531 8.2): credential and verifier as they go on the wire. The default is AUTH_NONE. RPCSEC_GSS, whose
/// verifier differs from call to call, is for the handles of clnt_tls_create().
struct CallCredential {
    std::uint32_t flavor = 0;
    std::vector<std::byte> body{}; ///< at most 400 octets, as the verifier's
    std::uint32_t verifier_flavor = 0;
    std::vector<std::byte> verifier_body{};
};

/// Errors (stage input): credential-invalid: beyond the bounds of AUTH_SYS, or a machine's name with a NUL.
RPCTLS_API Result<CallCredential> make_credential(const AuthSys &claim);

/// One call. The arguments are pieces of XDR, one behind the other, in memory or in files (rpctls/file_range.hpp), and are
/// sealed from where they lie: what is borrowed is so until the call has completed, and nothing may change before.
struct CallRequest {
    std::uint32_t procedure = 0;
    std::vector<Piece> arguments{};
    std::shared_ptr<const CallCredential> credential{}; ///< absent: AUTH_NONE
    /// For all of it, from the moment of the call on: waiting, connecting again, the reply. 1 ms to an hour.
    std::chrono::milliseconds timeout{25000};
};

/// What an accepted, successful call came to. The results lie in the memory that they were received in.
class CallReply {
public:
    CallReply(std::unique_ptr<std::byte[]> message, std::span<const std::byte> results, std::uint32_t flavor,
              std::vector<std::byte> verifier)
        : message_(std::move(message)), results_(results), flavor_(flavor), verifier_(std::move(verifier)) {}

    /// In XDR, for decode() of xdr.hpp. They live as long as this object, wherever it is moved.
    std::span<const std::byte> results() const { return results_; }
    std::uint32_t verifier_flavor() const { return flavor_; }
    std::span<const std::byte> verifier_body() const { return verifier_; }

private:
    std::unique_ptr<std::byte[]> message_;
    std::span<const std::byte> results_;
    std::uint32_t flavor_;
    std::vector<std::byte> verifier_;
};

/// Is called exactly once for a call that was taken, in the connection's own thread. It must neither throw nor block, nor
/// destroy the Connection; it may call and cancel.
using Completion = std::function<void(Result<CallReply>)>;

/// A call of the server's on the client's connection (RFC 9289 5.1.1; as NFSv4.1 calls back).
struct ReverseCall {
    std::uint32_t program = 0;
    std::uint32_t version = 0;
    std::uint32_t procedure = 0;
    std::uint32_t credential_flavor = 0;
    std::span<const std::byte> credential_body;
    std::span<const std::byte> arguments; ///< these spans live until the handler returns
};
/// `status` is an accept_stat (RFC 5531 9); `low` and `high` go with 2, PROG_MISMATCH; results with 0, SUCCESS.
struct ReverseAnswer {
    std::uint32_t status = 0;
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    std::vector<std::byte> results{};
};
/// Is called in the connection's thread; as for Completion.
using ReverseHandler = std::function<ReverseAnswer(const ReverseCall &)>;

struct ConnectionOptions {
    /// Calls that are on their way at a time, 1 to 65536; others wait for their turn, in order.
    std::size_t calls_in_flight = 256;
    /// Calls not completed, and octets of their arguments: more are refused with queue-full.
    std::size_t calls_outstanding = 16384;
    std::size_t octets_outstanding = std::size_t{64} << 20;
    /// Absent: calls of the server's are answered PROG_UNAVAIL.
    ReverseHandler reverse{};
};

struct ConnectionStatistics {
    std::uint64_t connections = 0;     ///< made, with the first
    std::uint64_t dropped_replies = 0; ///< to calls that nobody waits for (any more)
    std::uint64_t reverse_calls = 0;
    std::size_t outstanding = 0; ///< calls not completed
};

/// Names a call of one Connection, to cancel it; never used again.
enum class CallId : std::uint64_t {};

/// A connection to one program of one server, for any number of calls at a time from any number of threads. It has one
/// thread of its own, which does the connection's input and output and completes the calls; replies may come in any order.
///
/// When the connection breaks, the next call makes a new one, under the same policy, with the same identity, pins and
/// reference name, as they were read by open(); with RPCTLS_POLICY_OPPORTUNISTIC, once inside TLS always inside TLS
/// (RFC 9289 4.1, 6.1). Calls that were on their way complete with the error of the break, and are never sent again; calls
/// of which no octet was handed to the transport wait for the new connection. Where no new one comes about, or one
/// ends before the server has said a word, those that wait complete with its error.
///
/// A call completes with a CallReply, or with an Error. Of these, stage rpc: rpc-denied, program-unavailable, version-mismatch,
/// procedure-unavailable, arguments-undecodable, rpc-failed: the server's answer. rpc-timeout, call-cancelled, rpc-closed,
/// connection-stalled (no octet moved for the parameters' stall timeout), reply-malformed, record-too-large, record-empty,
/// file-too-short, file-unreadable (stage input: arguments in a file that changed meanwhile, which ended the connection),
/// connection-closed (by the destructor), and whatever else ended the session: these have the fact `executed`, "no" or
/// "maybe": whether the server may have got the call. Stages resolve to verify: no new connection.
class Connection {
public:
    /// Connects to `host` and, under the parameters' policy, probes the program and shakes hands, as clnt_tls_create() does
    /// (rpctls/clnt.h); blocks for at most the parameters' timeout. Of the parameters, which are not needed afterwards, the
    /// record limit bounds calls and replies. Errors: as there; argument-invalid (stage input).
    RPCTLS_API static Result<std::unique_ptr<Connection>> open(const std::string &host, std::uint32_t program,
                                                               std::uint32_t version,
                                                               const rpctls_params &params,
                                                               ConnectionOptions options = {});

    /// Every call not completed completes now, with connection-closed; then the session ends with close_notify. Not to be
    /// called in the connection's own thread, nor beside another member. An attempt to connect under way is waited for.
    RPCTLS_API ~Connection();
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    /// Takes the call, and returns at once. Errors, with which `done` is never called: stage input: argument-invalid,
    /// call-too-large, file-too-short, file-unreadable; stage rpc: auth-body-too-large; queue-full: too much is outstanding,
    /// wait for a completion, then call again.
    RPCTLS_API Result<CallId> call(CallRequest call, Completion done);
    /// The same with a future; errors of taking the call are in it, too. `*id` is set when the call was taken.
    RPCTLS_API std::future<Result<CallReply>> call(CallRequest call, CallId *id = nullptr);

    /// Completes the call with call-cancelled, soon, unless it has completed by then; a reply that still comes is dropped.
    RPCTLS_API void cancel(CallId id);

    /// What was agreed on with the server, last; absent in clear.
    RPCTLS_API std::shared_ptr<const rpctls_session> session() const;
    RPCTLS_API ConnectionStatistics statistics() const;

private:
    class Impl;
    explicit Connection(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace rpctls
