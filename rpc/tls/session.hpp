// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpc/tls/client_filter.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/psk.hpp"
#include "rpc/tls/psk_set.hpp"
#include "rpc/tls/resumption.hpp"
#include "rpc/tls/transport.hpp"
#include "rpctls/result.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rpctls::tls {

struct Situation;

/// RFC 9289 section 5 wants `sunrpc`; `compatible` also accepts a peer that answers with no ALPN at all (today's
/// kernels' agents), `strict` does not, `none` is for consumers that are not RPC (NVMe/TCP).
enum class AlpnPolicy { compatible, strict, none };

struct ClientParameters {
    std::shared_ptr<const Credentials> credentials;
    /// The reference identity, as the user typed it: a DNS name (matched with dNSName SANs, sent as SNI) or an IP
    /// literal (matched with iPAddress SANs, no SNI). RFC 9289 5.2.1, RFC 9525, RFC 6066.
    std::string server_name;
    /// Prove the credentials' identity when the server asks (xprtsec=mtls); false keeps the client anonymous.
    bool present_identity = false;
    /// The server's key must be one of these (CertificateInfo::spki_pin), beside all that its certificate must be. None: any.
    std::vector<std::string> pins{};
    AlpnPolicy alpn = AlpnPolicy::compatible;
    /// What ALPN is to agree on, unless the policy is `none`: sessions of other programs than RPC name their own.
    std::string protocol = "sunrpc";
    /// Where the tickets are that sessions are resumed by; absent: each handshake is a full one. An engine has its own.
    std::shared_ptr<TicketStore> tickets{};
    /// What must be the same beside name, protocol and identity for a ticket to be used.
    std::string ticket_scope{};
};

/// What a server makes of its clients' certificates. It always asks (RFC 9289 4.2).
enum class ClientCertificate { ignored, verified_if_given, required };

/// By what a server proves itself to one client, and what it wants of that.
struct ServerChoice {
    std::shared_ptr<const Credentials> credentials; ///< without an identity: pre-shared keys only
    std::shared_ptr<const PskSet> psks;             ///< absent: certificates only
    ClientCertificate client_certificate = ClientCertificate::verified_if_given;
    std::shared_ptr<TicketKeys>
        ticket_keys{}; ///< of clients to whom the same was shown, and no others; absent: none
};

/// Called once in a handshake, with the name that the client asks for (SNI, RFC 6066), absent when it names none. An
/// error refuses the client with unrecognized_name. It must not throw.
using SelectServer = std::function<Result<ServerChoice>(const std::optional<std::string> &name)>;

struct ServerParameters {
    std::shared_ptr<const Credentials>
        credentials; ///< must have an identity, unless there are keys or a selection
    ClientCertificate client_certificate = ClientCertificate::verified_if_given;
    AlpnPolicy alpn = AlpnPolicy::compatible;
    std::string protocol = "sunrpc";
    /// Who may in of the clients whose certificate is verified; absent: all of them.
    std::shared_ptr<const ClientFilters> clients{};
    /// Clients that offer one of these keys prove themselves by it, and the server likewise; others by certificates.
    std::shared_ptr<const PskSet> psks{};
    /// Instead of `credentials`, `client_certificate` and `psks`.
    SelectServer select{};
    /// What the tickets are sealed with that sessions are resumed by; absent: each handshake is a full one. With `select`
    /// only whether there are any counts here: they are the choice's. An engine has its own.
    std::shared_ptr<TicketKeys> ticket_keys{};
};

/// A session that both ends prove with a pre-shared key, without certificates (NVMe/TCP).
struct PskClientParameters {
    std::shared_ptr<const PskPolicy> policy;
    PresharedKey key;
    std::string server_name; ///< in messages only
    AlpnPolicy alpn = AlpnPolicy::none;
    std::string protocol = "sunrpc";
    std::string requested_name{}; ///< a DNS name to send as SNI; "": none
};

struct PskServerParameters {
    std::shared_ptr<const PskPolicy> policy;
    FindPsk find; ///< called within handshake(), at most twice
};

/// What was agreed, and with whom: for audit lines, probes and policy.
struct SessionFacts {
    std::string version;                     ///< "TLS 1.3"
    std::string cipher;                      ///< "TLS_AES_256_GCM_SHA384"
    std::string group;                       ///< "x25519", "secp256r1", …
    std::string signature;                   ///< the server's signature algorithm
    std::optional<std::string> alpn;         ///< what the peer selected; absent when it said nothing
    std::vector<CertificateInfo> peer_chain; ///< as sent, leaf first; empty when the peer proved nothing
    std::vector<std::string> tags;           ///< server: of the filters that the client's certificate passes
    std::optional<std::string> psk_identity; ///< as offered; proved when authenticated
    std::optional<std::string> requested_name; ///< server: that the client asked for (SNI)
    bool certificate_requested = false;        ///< client: the server asked for a certificate
    bool certificate_sent = false;             ///< own chain was presented; resumed: in the session before
    bool peer_authenticated = false;           ///< by its chain, or by the pre-shared key
    bool resumed = false;                      ///< the chain is of the session before, and was judged anew
};

/// AES-GCM may seal 2^24.5 full records with one key (RFC 8446 5.5). This is well before, and 128 GiB all the same.
inline constexpr std::uint64_t most_records_of_a_key = std::uint64_t{1} << 23;

enum class Direction { receive, transmit };
enum class KtlsCipher { aes_128_gcm, aes_256_gcm, chacha20_poly1305 };

/// One direction's record protection, for the kernel: 4 + 8 octets of IV for AES-GCM, 12 for ChaCha20.
struct TrafficKeys {
    KtlsCipher cipher{};
    Secret key;
    std::array<std::byte, 12> iv{};
    std::array<std::byte, 8> sequence{};
};

/// One TLS 1.3 session of an RPC client or server: TLS 1.3 only, AEAD suites only, no early data; tickets and resumption
/// only where the parameters ask for them, and then with a fresh key exchange. It does no I/O of its own beyond
/// `transport`, never blocks, and belongs to one thread at a time.
class Session {
public:
    /// `transport` is borrowed and must outlive the session. Errors (stage input): server-name-invalid,
    /// identity-missing.
    static Result<Session> client(ClientParameters parameters, Transport &transport);
    static Result<Session> server(ServerParameters parameters, Transport &transport);
    /// Errors: psk-hash-unsupported (stage keyring), tls-policy (stage config).
    static Result<Session> psk_client(PskClientParameters parameters, Transport &transport);
    static Result<Session> psk_server(PskServerParameters parameters, Transport &transport);

    Session(Session &&) noexcept;
    Session &operator=(Session &&) noexcept;
    ~Session();

    enum class Progress { want_read, want_write, done };

    /// Goes on with the handshake as far as the transport lets it; call again when it is ready. The peer is verified
    /// before `done`. On failure the fitting alert has been sent as far as the transport took it.
    ///
    /// Errors, stage handshake: handshake-closed (the peer closed), handshake-reset, tls-version, no-common-cipher,
    /// alpn-missing, alpn-mismatch, not-tls (what came is no TLS), peer-alert (fact alert NAME; see also below),
    /// handshake-failed. Stage verify: ca-not-trusted, server-name-mismatch, certificate-expired,
    /// certificate-not-yet-valid, certificate-revoked, crl-outdated, certificate-missing, weak-key, key-usage,
    /// chain-incomplete, certificate-invalid, client-not-allowed, server-key-not-pinned. Alerts about our own certificate become client-certificate-required or
    /// client-certificate-refused (stage handshake). With pre-shared keys: psk-missing, psk-identity-unknown (a
    /// server's: what its lookup said), psk-identity-refused (a client's), psk-mismatch (the secrets differ).
    Result<Progress> handshake();

    /// After `done`. receive(): the count, 0 when the peer ended the session with close_notify; absent when the
    /// transport has nothing now. A server's late verdict on a client's certificate (TLS 1.3 lets the client finish
    /// first) arrives here as client-certificate-required/-refused. FIN without close_notify is session-truncated, RST
    /// session-reset, anything else session-failed (stage rpc).
    Result<std::optional<std::size_t>> receive(std::span<std::byte> room);
    /// The count taken, at most one record's worth. Absent: the transport takes nothing now; call again with the same
    /// octets. Errors as with receive().
    Result<std::optional<std::size_t>> send(std::span<const std::byte> octets);
    /// Has the records from the next send() on sealed with new keys (KeyUpdate, RFC 8446 4.6.3), and asks the peer for the
    /// same if `peer_too`. By itself a session does so, for its own direction, before one key has sealed more records than
    /// is sound (RFC 8446 5.5); the peer's direction is the peer's to mind.
    void update_keys(bool peer_too);
    /// After so many records of one key; at first most_records_of_a_key.
    void limit_records_of_a_key(std::uint64_t records);
    /// For whoever goes on with a client's connection: a NewSessionTicket that came, the whole message. One that nobody wants
    /// is passed over. Error (stage rpc): session-failed, when it is none.
    Status hear_ticket(std::span<const std::byte> message);
    /// Octets that receive() can give without the transport.
    std::size_t pending() const;
    /// Sends close_notify as far as the transport takes it.
    void close();

    const SessionFacts &facts() const; ///< complete after `done`; what is known so far before
    Result<TrafficKeys> traffic_keys(Direction direction) const;
    /// What both ends of this session know and nobody else does, to bind an authentication inside to it: the channel
    /// binding tls-exporter of RFC 9266, 32 octets. Error (stage handshake): handshake-failed before `done`.
    Result<std::vector<std::byte>> channel_binding() const;
    /// The most plaintext that the peer takes in one record: 16384, or less where it said so (RFC 8449).
    std::size_t largest_payload() const;
    /// Whether the kernel can go on where this session stands: between two records. Error (stage kernel): ktls-failed
    /// with the reason.
    Status ready_for_kernel() const;
    /// For whoever goes on with the connection, to say what an alert or an end means (rpc/tls/diagnosis.hpp).
    Situation situation() const;

private:
    struct Impl;
    explicit Session(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace rpctls::tls
