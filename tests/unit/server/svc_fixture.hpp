// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/channel_socket.hpp"
#include "rpc/tls/session.hpp"
#include "rpc/wire/message.hpp"
#include "rpctls/svc.h"
#include "tests/unit/temporary_directory.hpp"
#include "tests/unit/tls/test_pki.hpp"

#include <rpc/rpc.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace rpctls::test {

/// A program as rpcgen would make it, in versions 1 and 2.
inline constexpr std::uint32_t program = 0x20000777;
enum Procedure : std::uint32_t {
    proc_null = 0,
    proc_echo = 1,   ///< opaque in, the same out
    proc_who = 2,    ///< a string out: who calls, and in what session
    proc_count = 3,  ///< one more each time
    proc_big = 4,    ///< a number in, so many octets out
    proc_silent = 5, ///< no reply
    proc_file = 6    ///< a number in; 7, so many octets of the file behind its first three, and 8 out
};

/// Routines of XDR, with the very type that libtirpc calls them by.
bool_t nothing(XDR *, ...);
bool_t one_number(XDR *xdr, ...); ///< a std::uint32_t

/// Files of one CA, a server's and a client's identity.
struct Files {
    Files();
    TemporaryDirectory directory;
    Certified ca, server, client;
    std::string path(const std::string &name) const { return (directory / name).string(); }
    void write(const std::string &name, const std::string &text) const;
    /// The parameters of a server with this identity: whom it trusts, by a file's name, and what it shows.
    void serve(rpctls_params *params, const std::string &trusted = "ca.pem") const;
};

/// A server on a port of its own with a loop in a thread.
class Served {
public:
    enum class Loop { ours, libtirpc };
    using Change = std::function<void(rpctls_params *)>;

    explicit Served(rpctls_policy policy, const Change &change = {}, Loop loop = Loop::ours);
    ~Served();

    std::uint16_t port() const { return port_; }
    SVCXPRT *listener() { return listener_; }
    /// Ends the loop as svc_tls_stop() does; it may be called before the end.
    void stop();
    /// The audit lines so far.
    std::string log() const;
    /// Waits for a line with that text.
    bool logged(const std::string &text) const;
    const Files &files() const { return files_; }

private:
    static void take_line(void *self, const char *line);

    Files files_;
    mutable std::mutex mutex_;
    std::string log_;
    SVCXPRT *listener_ = nullptr;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

/// The string that proc_who answers to a program's own handle.
std::string who_is_calling(CLIENT *client);

extern std::atomic<unsigned> effects; ///< of proc_count
extern std::string file_served;       ///< of proc_file

/// A client's connection, blocking with a limit, that does exactly what the test says.
class Caller {
public:
    explicit Caller(std::uint16_t port);

    int fd() const { return socket_->fd(); }
    void send_clear(std::span<const std::byte> octets);
    /// The next record's message in clear or inside TLS; empty at the end or after five seconds.
    std::vector<std::byte> receive();
    /// The next record as call() gives it.
    std::string answer();
    /// Octets in clear until the end; the end is awaited for five seconds.
    std::vector<std::byte> receive_to_end();
    void send(std::span<const std::byte> octets);

    /// Sends the probe; the reply as a record in hexadecimal.
    std::string probe(std::uint32_t version = 1);
    /// "done" or the name of the error; the client proves `own`, if any.
    std::string shake_hands(const Files &files, const Certified *own = nullptr,
                            const std::string &name = "nfs1.example");
    /// Probe and handshake.
    std::string start_tls(const Files &files, const Certified *own = nullptr);
    /// One call; the reply's message in hexadecimal from the word behind the xid on, "" without one.
    std::string call(std::uint32_t procedure, std::span<const std::byte> arguments = {},
                     const wire::OpaqueAuth &credential = {}, std::uint32_t version = 1);
    /// The string that proc_who answers.
    std::string who(const wire::OpaqueAuth &credential = {});
    tls::Session &session() { return *session_; }
    /// "closed" (close_notify), "nothing" or the name of the error.
    std::string end_of_session();

private:
    bool receive_exactly(std::span<std::byte> room);
    bool wait(short events);

    std::unique_ptr<tls::ChannelSocket> socket_;
    std::optional<tls::Session> session_;
    std::uint32_t xid_ = 0x100;
};

/// Sends what is no record, or no call, each in a session of its own that is closed for it; `between` comes after each.
void send_garbage(std::uint16_t port, const Files &files, const std::function<void()> &between);

std::vector<std::byte> call_record(std::uint32_t procedure, std::span<const std::byte> arguments = {},
                                   const wire::OpaqueAuth &credential = {}, std::uint32_t version = 1,
                                   std::uint32_t xid = 0x11223344);
wire::OpaqueAuth auth_sys(std::uint32_t uid);
/// An opaque of variable length.
std::vector<std::byte> opaque(std::span<const std::byte> octets);
std::vector<std::byte> number(std::uint32_t value);

} // namespace rpctls::test
