// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/face/session.hpp"
#include "rpc/server/reception.hpp"
#include "rpc/server/svc_server.hpp"
#include "rpc/tls/channel.hpp"
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
    using Clock = SvcServer::Clock;

    /// Registered with libtirpc, or nullptr.
    static std::unique_ptr<SvcConnection> open(std::shared_ptr<SvcServer> server, Fd fd,
                                               const sockaddr_storage &remote, std::string peer_key);
    ~SvcConnection();
    SvcConnection(const SvcConnection &) = delete;
    SvcConnection &operator=(const SvcConnection &) = delete;

    /// The connection of a transport; nullptr when it is another kind.
    static SvcConnection *of(const SVCXPRT *transport);

    int fd() const { return transport_.xp_fd; }
    const std::string &peer_key() const { return peer_key_; }
    /// Absent in clear.
    const rpctls_session *session() const { return facts_.get(); }
    /// A dispatch function has it in hand.
    bool is_busy() const { return busy_; }
    /// Its time is up.
    void expire();
    /// Ends at the next opportunity, for that reason.
    void end(const std::string &why);
    /// Why its client would not be believed any more by what is in the files now; absent when it would (R-5.2.1-13).
    std::optional<std::string> fault_by(const SvcSnapshot &now) const;
    /// Nothing of a call or a reply is under way.
    bool is_quiet() const;

private:
    SvcConnection(std::shared_ptr<SvcServer> server, Fd fd, const sockaddr_storage &remote,
                  std::string peer_key);

    bool receive(rpc_msg &message);
    xprt_stat status();
    void release_record();
    bool reply(rpc_msg &message);
    void destroy();

    void present(Reception::Call call, rpc_msg &message);
    bool read();
    bool shake_hands();
    bool begin_handshake();
    void finish_handshake();
    void fail_handshake(const Error &error);
    Result<tls::ServerChoice> choose(const std::optional<std::string> &name);
    bool send(std::span<const std::byte> message);
    bool flush();
    void discard_stray_octets();
    void note_clear_call();
    void die(const Error &error);
    void settle();
    std::optional<Clock::time_point> deadline() const;

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
    std::string peer_, peer_key_;
    PollEntry entry_;

    Reception reception_;
    std::unique_ptr<tls::ChannelSocket> socket_; ///< until the channel has it
    std::optional<tls::Session> handshake_;
    std::optional<tls::Channel> channel_;
    std::unique_ptr<rpctls_session> facts_;
    std::shared_ptr<const SvcSnapshot> snapshot_; ///< by which the session was begun
    std::optional<std::string> label_;            ///< of what was chosen from it

    // The call that the program has:
    std::vector<std::byte> record_;
    XDR arguments_{};
    std::uint32_t xid_ = 0;
    bool busy_ = false, replied_ = false, probe_ = false;
    bool destroyed_in_call_ = false;

    wire::RecordWriter unsent_; ///< replies that the client has not taken yet

    bool ending_ = false;  ///< once everything is sent
    bool dead_ = false;    ///< at once
    bool hurried_ = false; ///< there is more to do although nothing new arrives
    bool wants_write_ = false;
    bool counts_as_handshake_ = false;
    bool noted_clear_ = false;
    unsigned calls_in_turn_ = 0;
    Clock::time_point progress_ = Clock::now();
    Clock::time_point handshake_since_{};
};

} // namespace rpctls::server
