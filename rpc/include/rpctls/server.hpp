// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpctls/call.hpp>
#include <rpctls/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace rpctls {

namespace server {
class Serving;
}

/// A server of RPC with and without TLS on one port (RFC 9289 4.1), for thousands of connections in a few threads.
///
///     auto server = Server::listen("", 4711, params);
///     server->handle(TALLY_PROG, TALLY_VERS, [](Call call) { … call.reply(results); });
///     server->start();
///     …
///     server->stop();
///     server->wait();
///
/// The parameters are those of svc_tls_create(3), with the same meaning and defaults: the policy, identity, truststore and
/// revocation list, strict ALPN, kTLS, and what rpctls.h has for servers: limits of connections, unfinished handshakes,
/// record sizes and times, and who gets the audit lines (from several threads, one at a time).
///
/// Threads: each connection belongs to one of `Options::io_threads` threads, which reads, calls the handlers and sends.
/// Handshakes are calculated in threads of their own with less priority, so that calls do not wait for them, and nothing a
/// client does or leaves undone makes another wait. A handler that works long does, unless there is an executor.
///
/// The server itself answers procedure 0 of what is registered, the probe for TLS among them, PROG_UNAVAIL and
/// PROG_MISMATCH, AUTH_TOOWEAK where the policy wants TLS, AUTH_BADCRED for an AUTH_SYS that makes no sense, and
/// AUTH_REJECTEDCRED for flavors other than AUTH_NONE and AUTH_SYS.
class RPCTLS_API Server {
public:
    /// What answers the calls of one version of a program. It is called by several threads at once, and must keep its call
    /// or answer it. A call that an exception leaves unanswered is answered SYSTEM_ERR, as every one.
    using Handler = std::function<void(Call)>;
    /// Runs what it is given, once, soon, in whichever thread but not in the one that gives it.
    using Executor = std::function<void(std::function<void()>)>;

    struct Options {
        /// Threads that serve connections, 0: one for each processor, at most 4.
        unsigned io_threads = 0;
        /// Threads that calculate handshakes, 0: half as many as processors, at least 1, at most 4.
        unsigned handshake_threads = 0;
        /// Calls of one connection that may be in progress at once, at least 1; while there are as many, or replies that
        /// the client has not taken, no more is read from it.
        unsigned calls_per_connection = 16;
        /// Where handlers run; absent: in the connection's thread.
        Executor executor{};
    };

    /// Listens on `address`, an IP literal, "" for all addresses, and `port`, 0 for any. `params` is not needed afterwards;
    /// null: the defaults. Errors (stage input): address-invalid, listen-failed, server-identity-missing (the policy
    /// insists on TLS), server-failed (no descriptors), and those of the files that the parameters name.
    static Result<Server> listen(const std::string &address, std::uint16_t port, const rpctls_params *params,
                                 Options options);
    static Result<Server> listen(const std::string &address, std::uint16_t port, const rpctls_params *params);
    /// The same for a TCP socket that listens already, e.g. systemd's; it belongs to the server from now on, whatever comes
    /// of it. Error: socket-unsuitable.
    static Result<Server> listen(int fd, const rpctls_params *params, Options options);

    Server(Server &&) noexcept;
    Server &operator=(Server &&) noexcept;
    /// With stop() and wait().
    ~Server();

    /// The port that it listens on.
    std::uint16_t port() const;

    /// Before start(): who answers that version of that program.
    void handle(std::uint32_t program, std::uint32_t version, Handler handler);
    /// Makes the threads, once; they block all signals. Error (stage input): server-failed, when the system gives none.
    Status start();

    /// No more connections; what has arrived is answered, each connection ends (with close_notify) when nothing of it is
    /// under way, after the drain timeout in any case. Returns at once. For any thread, and for signal handlers.
    void stop() noexcept;
    /// Until stop() has done its work, and the threads are gone. For one thread, and not for a handler.
    void wait();

    /// Reads the files anew, for the handshakes to come: all or nothing. Sessions of clients that would not be believed any
    /// more are ended when their calls in progress are answered (RFC 9289 5.2.1). For any thread. Errors: as with listen();
    /// everything is as it was then.
    Status reload();

    /// Connections that it has now. For any thread.
    std::size_t connections() const;

private:
    explicit Server(std::unique_ptr<server::Serving> serving);
    std::unique_ptr<server::Serving> serving_;
};

} // namespace rpctls
