// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/certificate.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What outlives a session for the sake of the next one with the same peer (RFC 8446 section 2.2). Nothing of it is
/// there unless a program makes it and gives it to its sessions or engines.
namespace rpctls::tls {

/// Of a NewSessionTicket. A client's store holds many; what is longer is not worth it.
inline constexpr std::size_t longest_ticket = 16 * 1024;

/// A client's: what a server gave it to resume a session with. It says for whom the server took the client and is worth
/// as much as the keys of a session, so it is wiped.
struct Ticket {
    std::string key;                         ///< whose it is: TicketStore finds it by that
    Secret session;                          ///< GnuTLS' own form of it
    std::vector<CertificateInfo> peer_chain; ///< that proved the server when it was given
    std::uint32_t early_data = 0;            ///< octets that the server may take with it
    std::chrono::steady_clock::time_point expires{};
    /// What the server knows the client by: its certificate was asked for, and shown.
    bool certificate_requested = false, certificate_sent = false;
};

/// The tickets of a client: each is used once (RFC 8446 C.4). Safe for use by several sessions and threads at once.
class TicketStore {
public:
    struct Limits {
        std::size_t tickets = 64; ///< the oldest goes first
        /// A server's word counts where it is shorter; RFC 8446 4.6.1 knows no longer one than seven days.
        std::chrono::seconds lifetime = std::chrono::hours(24);
    };
    TicketStore() = default;
    explicit TicketStore(Limits limits) : limits_(limits) {}

    /// The newest that has that key and has not expired.
    std::optional<Ticket> take(std::string_view key);
    /// `lifetime` is what the server said.
    void put(Ticket ticket, std::chrono::seconds lifetime);
    /// When a server is no longer trusted, or the program's own identity has gone.
    void clear();
    std::size_t size() const;

private:
    void drop_expired(); ///< under the lock
    Limits limits_;
    mutable std::mutex mutex_;
    std::list<Ticket> tickets_; ///< the oldest first
};

/// What a server seals its tickets with, and its memory of the early data that it took. Who shares it takes each other's
/// tickets. Safe for use by several sessions and threads at once.
///
/// A key is replaced by a new random one after `lifetime` and kept nowhere, so that no ticket lives longer, whatever its
/// bearer says of its age, and whoever gets hold of a key learns nothing of sessions before it.
class TicketKeys {
public:
    struct Limits {
        std::chrono::seconds lifetime = std::chrono::hours(2); ///< of a ticket and of a key: 1 s to 7 days
        std::size_t early_hellos = 65536; ///< remembered; with more in a window early data is refused
    };
    TicketKeys();
    /// std::invalid_argument: a lifetime out of its range.
    explicit TicketKeys(Limits limits);
    ~TicketKeys();
    TicketKeys(const TicketKeys &) = delete;
    TicketKeys &operator=(const TicketKeys &) = delete;

    /// A new key now: no ticket that was given before is taken any more.
    void rotate();
    std::chrono::seconds lifetime() const { return limits_.lifetime; }

    struct Impl;
    Impl &impl() { return *impl_; } ///< for rpc/tls only

private:
    Limits limits_;
    std::unique_ptr<Impl> impl_;
};

} // namespace rpctls::tls
