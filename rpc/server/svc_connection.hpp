// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/patience.hpp"
#include "rpc/server/peer_stream.hpp"
#include "rpc/server/reception.hpp"
#include "rpc/server/results_with_file.hpp"
#include "rpc/server/svc_server.hpp"
#include "rpc/wire/record_writer.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::server {

/// One client's connection as a transport of libtirpc's: in clear at first, inside TLS after a probe.
///
/// libtirpc's order is: xp_recv, and when that has a call, the dispatch function with xp_getargs, xp_reply and xp_freeargs;
/// then xp_stat; then all over as long as that says XPRT_MOREREQS, or xp_destroy when it says XPRT_DIED.
class SvcConnection {
public:
    /// Registered with libtirpc, or nullptr.
    static std::unique_ptr<SvcConnection> open(std::shared_ptr<SvcServer> server, Acceptor::Guest guest);
    ~SvcConnection();
    SvcConnection(const SvcConnection &) = delete;
    SvcConnection &operator=(const SvcConnection &) = delete;

    /// The connection of a transport; nullptr when it is another kind.
    static SvcConnection *of(const SVCXPRT *transport);

    int fd() const { return transport_.xp_fd; }
    /// Absent in clear.
    const rpctls_session *session() const { return stream_.session().get(); }
    /// See PeerStream::objection().
    std::optional<Error> objection(const SvcSnapshot &now) const { return stream_.objection(now); }
    /// See PeerStream::update_keys().
    Status update_keys(bool peer_too) { return stream_.update_keys(peer_too); }
    void limit_records_of_a_key(std::uint64_t records) { stream_.limit_records_of_a_key(records); }
    /// See svc_tls_sendreply_file(). Error (stage input): reply-unsent, and those of FileWindow.
    Status reply_with(ResultsWithFile &results);
    /// A dispatch function has it in hand.
    bool is_busy() const { return busy_; }
    /// Its time is up.
    void expire();
    /// Ends at the next opportunity, for that reason.
    void end(const std::string &why);
    /// Nothing of a call or a reply is under way.
    bool is_quiet() const;

private:
    SvcConnection(std::shared_ptr<SvcServer> server, Acceptor::Guest guest);

    bool receive(rpc_msg &message);
    xprt_stat status();
    void release_record();
    bool reply(rpc_msg &message, ResultsWithFile *with_file = nullptr);
    void destroy();

    void present(Reception::Call call, rpc_msg &message);
    bool read();
    bool shake_hands();
    void fail_handshake(const Error &error);
    bool send(std::span<const std::byte> message);
    bool flush();
    void note_clear_call();
    void die(const Error &error);
    void settle();
    bool has_unsent() const { return !unsent_.waiting().empty() || unsent_file_; }

    static SvcConnection &connection_of(SVCXPRT *transport);
    static bool_t op_receive(SVCXPRT *transport, rpc_msg *message);
    static xprt_stat op_status(SVCXPRT *transport);
    static bool_t op_get_arguments(SVCXPRT *transport, xdrproc_t routine, void *where);
    static bool_t op_reply(SVCXPRT *transport, rpc_msg *message);
    static bool_t op_free_arguments(SVCXPRT *transport, xdrproc_t routine, void *where);
    static void op_destroy(SVCXPRT *transport);
    static const SvcOperations operations;
    static const SvcOtherOperations other_operations;

    std::shared_ptr<SvcServer> server_;
    SVCXPRT transport_{};
    SVCXPRT_EXT extension_{};
    sockaddr_storage local_{}, remote_{};
    std::array<char, MAX_AUTH_BYTES> verifier_{}; ///< the authentication flavor's reply verifier
    std::string peer_;
    PollEntry entry_;

    Reception reception_;
    PeerStream stream_;
    const ServerContext::Place place_; ///< behind the stream: it is free before the client can see the end

    // The call that the program has:
    std::vector<std::byte> record_;
    XDR arguments_{};
    std::uint32_t xid_ = 0;
    std::uint32_t flavor_ = 0;
    bool busy_ = false, replied_ = false, probe_ = false;
    bool destroyed_in_call_ = false;

    /// Replies that the client has not taken yet: one, since no call is looked at before it is gone, with the octets of a
    /// file at a place in it.
    wire::RecordWriter unsent_;
    std::optional<FileRange> unsent_file_;
    std::size_t before_file_ = 0; ///< octets of unsent_

    bool ending_ = false;  ///< once everything is sent
    bool dead_ = false;    ///< at once
    bool hurried_ = false; ///< there is more to do although nothing new arrives
    bool wants_write_ = false;
    bool counts_as_handshake_ = false;
    bool noted_clear_ = false;
    unsigned calls_in_turn_ = 0, reads_in_turn_ = 0;
    Patience patience_;
};

} // namespace rpctls::server
