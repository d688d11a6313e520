// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpctls/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::kernel {

/// Attribute values of linux/handshake.h; older distributions' headers lack the file.
enum class MessageType : std::uint32_t { unspecified = 0, client_hello = 1, server_hello = 2 };
enum class AuthMode : std::uint32_t { unspecified = 0, unauthenticated = 1, psk = 2, x509 = 3 };

struct CertificateSerials {
    std::int32_t certificate = 0;
    std::int32_t private_key = 0;
};

/// What the kernel asks for: a handshake on `socket`, now ours to use until DONE.
struct HandshakeRequest {
    Fd socket;
    MessageType type{};
    AuthMode auth_mode{};
    std::chrono::milliseconds timeout{}; ///< 0: the consumer set none
    std::string peer_name;               ///< what the mount was told; may be empty (servers)
    std::vector<std::int32_t> peer_identities;
    std::vector<CertificateSerials> certificates;
    std::int32_t keyring = 0;
};

/// What it is told. `status` is a positive errno or 0; `remote_auth` proves an identity when not empty.
struct HandshakeOutcome {
    int status = 0;
    std::vector<std::int32_t> remote_auth;
    std::vector<std::string>
        tags; ///< what the agent says of the peer; kernels that take no tags are told none
};

/// The kernel's `handshake` generic-netlink family as its agent sees it. Needs CAP_NET_ADMIN; serves the network
/// namespace in which it was opened. Not safe for several threads, except for done().
class HandshakeService {
public:
    /// Errors (stage kernel): handshake-family-missing (hint: the kernel version and option), no-permission.
    /// `listener`: a socket that has joined already, of an agent before us; not open when there is none.
    static Result<HandshakeService> open(Fd listener = {});

    HandshakeService(HandshakeService &&) noexcept;
    HandshakeService &operator=(HandshakeService &&) noexcept;
    ~HandshakeService();

    /// Whether this kernel takes tags with an outcome (asked when opened).
    bool takes_tags() const;
    /// Joins the multicast group `tlshd`: from here on the kernel believes that an agent exists.
    Status join();
    /// Leaves it: no new requests, those accepted go on.
    void leave();
    /// Readable when the kernel has announced requests.
    int notification_fd() const;
    /// Reads the announcements that have come, without blocking. ENOBUFS counts as one: requests may be waiting.
    Result<bool> read_notifications();
    /// Takes one request; absent when none is waiting.
    Result<std::optional<HandshakeRequest>> accept();
    /// Reports the outcome for an accepted socket and closes it. Any thread may call it.
    Status done(HandshakeRequest request, const HandshakeOutcome &outcome);

private:
    struct Impl;
    explicit HandshakeService(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace rpctls::kernel
