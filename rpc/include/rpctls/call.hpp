// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpctls/auth_sys.hpp>
#include <rpctls/piece.hpp>
#include <rpctls/rpctls.h>

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rpctls {

namespace server {
class CallState;
}

/// Who a call says that it comes from.
struct Credential {
    std::uint32_t flavor = 0;     ///< 0: AUTH_NONE, 1: AUTH_SYS; the server lets no other through
    std::optional<AuthSys> sys{}; ///< with AUTH_SYS
};

/// The results of a call: octets in XDR, in as many pieces as their maker likes, in memory and in files. Nothing is copied.
/// It belongs to one thread at a time.
class Reply {
public:
    using Piece = rpctls::Piece;

    /// No results.
    Reply() = default;
    /// One piece; implicit, so that what encodes results can be given as the reply.
    Reply(std::vector<std::byte> octets) { add(std::move(octets)); }

    /// Octets that the reply owns from now on.
    void add(std::vector<std::byte> octets) { pieces_.push_back(Piece::owning(std::move(octets))); }
    /// Octets of somebody else's, which `keeper` keeps as they are: it is let go when they are sent or never will be, in
    /// whichever thread. Null: they live as long as the process.
    void add(std::span<const std::byte> octets, std::shared_ptr<const void> keeper) {
        pieces_.emplace_back(octets, std::move(keeper));
    }
    /// Octets of a file, as they are to stand among the others.
    void add(FileRange octets) { pieces_.emplace_back(std::move(octets)); }
    /// The same as an opaque<>, with its length before and its padding behind.
    void add_opaque(FileRange octets) { rpctls::add_opaque(pieces_, std::move(octets)); }
    const std::vector<Piece> &pieces() const { return pieces_; }

private:
    std::vector<Piece> pieces_;
};

/// One call, to be answered once: now or later, in any thread, also when its server is gone. A call that goes without an
/// answer is answered SYSTEM_ERR. It belongs to one thread at a time.
///
/// The functions that answer take the call's place in the connection away: what arguments(), credential() and session()
/// gave is gone after them. Answers of one connection are sent in the order in which they were given. One that the client
/// is no longer there for is dropped.
class RPCTLS_API Call {
public:
    Call(Call &&) noexcept;
    Call &operator=(Call &&) noexcept;
    ~Call();

    std::uint32_t program() const;
    std::uint32_t version() const;
    std::uint32_t procedure() const; ///< never 0: that one the server answers by itself
    std::uint32_t xid() const;
    /// The arguments in XDR, as they lie in what was received: nothing is copied. They live as long as the call.
    std::span<const std::byte> arguments() const;
    const Credential &credential() const;
    /// The TLS session that the call came in, for the functions of rpctls.h; null when it came in clear. What it says of
    /// the peer is about a host. It lives as long as the call.
    const rpctls_session *session() const;
    /// Where the call comes from.
    const sockaddr_storage &peer() const;
    /// The same as text: "192.0.2.7:1023", "[2001:db8::1]:1023".
    const std::string &peer_text() const;
    /// Still to be answered; false after an answer and after a move. Nothing else makes sense then.
    bool is_open() const { return state_ != nullptr; }

    /// SUCCESS. Results larger than the record limit (rpctls_params_set_record_limit()), or of a file that has become too
    /// short for them, become SYSTEM_ERR. Where that shows only when they are being sent, the connection ends, and its log
    /// has file-too-short.
    void reply(Reply results = {});
    /// The other answers of RFC 5531 section 9 that are a program's to give.
    void procedure_unavailable(); ///< PROC_UNAVAIL
    void garbage_arguments();     ///< GARBAGE_ARGS
    void system_error();          ///< SYSTEM_ERR
    /// MSG_DENIED, AUTH_ERROR with that auth_stat: 2 (AUTH_REJECTEDCRED), 5 (AUTH_TOOWEAK) and so on.
    void deny(std::uint32_t auth_stat);

    /// The server's.
    explicit Call(std::unique_ptr<server::CallState> state);

private:
    std::unique_ptr<server::CallState> state_;
};

} // namespace rpctls
