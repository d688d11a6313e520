// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/admission.hpp"
#include "agent/asio.hpp"
#include "agent/plan.hpp"
#include "agent/silent_peers.hpp"
#include "agent/snapshot.hpp"

#include "rpc/kernel/handshake.hpp"
#include "rpc/tls/session.hpp"
#include "rpc/tls/transport.hpp"
#include "rpctls/result.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace rpctls::agent {

struct Report;

/// The program that asked, where it was not the kernel.
struct Caller {
    uid_t uid{};
    pid_t pid{};
};

/// An accepted request with all that is needed to perform it.
struct Work {
    kernel::HandshakeRequest request;
    Plan plan;
    std::shared_ptr<const Snapshot> snapshot;
    std::string peer_address;
    std::string peer_group; ///< whose turn it is, and whose limits it counts for
    std::chrono::steady_clock::time_point accepted = std::chrono::steady_clock::now();
    Admission::Place place; ///< held as long as the handshake lasts
    std::optional<Caller> caller;
    /// On the worker, before anything is said to the peer; may be empty.
    std::function<Status(int fd)> prepare;
    /// Where the outcome goes, called as Finished is. Empty: to the pool's own, that is to the kernel.
    std::function<void(kernel::HandshakeRequest request, Report report)> outlet;
};

/// How it ended: what is logged, counted, remembered and told to the kernel.
struct Report {
    Role role = Role::client;
    std::string peer_name; ///< as the kernel gave it; may be empty
    std::string peer_address;
    std::string identity;                   ///< what we were to prove, as to_string(IdentityChoice) has it
    kernel::AuthMode asked{};               ///< what the kernel wanted
    std::optional<tls::SessionFacts> facts; ///< as far as the handshake came
    keys::Serial peer_key = 0;              ///< the pre-shared key that the peer proved to have
    std::optional<Error> failure;
    std::chrono::microseconds duration{};
    std::optional<Caller> caller;
    bool begun = false;                     ///< the peer may have seen octets of ours
    std::vector<std::byte> channel_binding; ///< for a caller's session
};

/// prime_ktls in production; tests on kernels without kTLS put something else here.
using PrimeKtls = std::function<Status(int fd, const tls::Session &session)>;
/// Called once, on the worker's thread, with the socket still open.
using Finished = std::function<void(kernel::HandshakeRequest request, Report report)>;

/// What a worker lends to its handshakes; outlives them.
struct Workplace {
    asio::io_context &context;
    const PrimeKtls &prime;
    SilentPeers &silent_peers;
    /// Runs a step of a handshake when it is the turn of its peer: never at once, always on the context.
    std::function<void(const std::string &peer, std::function<void()> step)> in_turn;
};

/// One handshake: driven by the readiness of its socket and one deadline, never blocking, so that a peer that says
/// nothing costs memory only, and little of it: a server's session is made when the client's first octets are there.
/// Belongs to the thread that runs its io_context.
class Handshake : public std::enable_shared_from_this<Handshake> {
public:
    Handshake(const Workplace &place, Work work, Finished finished);
    Handshake(const Handshake &) = delete;
    Handshake &operator=(const Handshake &) = delete;
    ~Handshake();

    /// Keeps itself alive until it is finished.
    void start();
    /// Ends it now; nothing happens when it has ended already.
    void abort(Error reason);

private:
    CredentialsResult credentials();
    Status make_session();
    void wait_for_first_octets();
    void lose_patience_after(std::chrono::milliseconds time);
    void peer_has_spoken();
    void step_in_turn();
    void step();
    void wait(asio::posix::stream_descriptor::wait_type what);
    void complete();
    Error parting_word(Error otherwise);
    void finish(std::optional<Error> failure);
    void let_go_of_socket();

    const Workplace &place_;
    Work work_;
    Finished finished_;
    asio::steady_timer deadline_;
    asio::steady_timer patience_;
    bool peer_is_silent_ = false;
    asio::posix::stream_descriptor readiness_; ///< borrows the descriptor: released, never closed
    int file_flags_ = -1;                      ///< as the kernel's socket came
    tls::SocketTransport transport_;
    std::shared_ptr<keys::Serial> psk_; ///< the key in use, of a PskIdentity
    std::shared_ptr<const tls::Credentials> credentials_;
    std::optional<tls::Session> session_;
};

} // namespace rpctls::agent
