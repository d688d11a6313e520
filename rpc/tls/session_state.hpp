// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/diagnosis.hpp"
#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/peer_name.hpp"
#include "rpc/tls/psk_impl.hpp"
#include "rpc/tls/resumption_impl.hpp"
#include "rpc/tls/session.hpp"
#include "rpc/tls/verification.hpp"

#include <cstdint>
#include <exception>

namespace rpctls::tls {

/// The largest handshake message: 16 certificates with large keys and many names fit.
inline constexpr std::size_t largest_handshake_message = 64 * 1024;

/// What a peer may send before it has proved anything: 16 certificates with large keys fit. GnuTLS' own limit is for
/// whole messages; it goes on collecting a message that is announced as larger.
inline constexpr std::uint64_t longest_handshake = 128 * 1024;

/// Follows the record headers in what comes in: whether it is TLS at all, and whether a record is read in
/// part.
class RecordFraming {
public:
    void add(std::span<const std::byte> octets);
    /// Only the first header is judged; later ones are GnuTLS' business.
    bool looks_like_tls() const { return looks_like_tls_; }
    bool between_records() const { return header_size_ == 0 && payload_left_ == 0; }
    std::uint64_t total() const { return total_; }
    std::span<const std::byte> first_octets() const { return std::span(first_).first(first_size_); }

private:
    std::array<std::byte, 5> header_{};
    std::size_t header_size_ = 0;
    std::size_t payload_left_ = 0;
    std::array<std::byte, 5> first_{};
    std::size_t first_size_ = 0;
    bool looks_like_tls_ = true;
    std::uint64_t total_ = 0;
};

/// All that a session knows; GnuTLS' callbacks get at it through the session pointer, so it never moves.
struct SessionState {
    std::shared_ptr<const Credentials> credentials; ///< absent with pre-shared keys
    std::shared_ptr<const PskPolicy> psk_policy;    ///< absent with certificates
    std::optional<PskState> psk;
    SessionHandle handle; ///< goes before what it points to
    Transport *transport = nullptr;
    /// For gnutls_init(). No tickets (RFC 9289 leaves resumption out, and kernels read them as data), hence no early
    /// data either, unless they were asked for.
    unsigned library_flags = GNUTLS_NO_TICKETS;
    bool is_client = false;
    std::optional<PeerName> server_name; ///< client only
    bool present_identity = false;
    std::vector<std::string> pins; ///< client only: the server's key is one of them; none: any
    ClientCertificate client_certificate = ClientCertificate::verified_if_given;
    std::shared_ptr<const PskSet> psks;           ///< server only, beside certificates
    SelectServer select;                          ///< server only
    bool chosen = false;                          ///< server only: by what this client is to be served
    std::shared_ptr<const ClientFilters> clients; ///< server only
    AlpnPolicy alpn = AlpnPolicy::compatible;
    std::string protocol; ///< the one that ALPN is to agree on
    std::string who;      ///< the peer in messages

    SessionFacts facts;
    RecordFraming incoming;
    std::vector<std::byte> outgoing; ///< scratch, so that a flight leaves in one send
    bool wrote = false;              ///< since it was last cleared
    bool blocked = false;            ///< the transport's last word was EAGAIN
    bool ended = false;              ///< the transport's last word was the end of the stream
    int transport_errno = 0;
    bool heard_hello = false;
    std::size_t largest_payload = 16384; ///< that the peer takes in one record (RFC 8446 5.1, RFC 8449)
    bool handshake_done = false;
    bool heard_data = false;
    bool verified = false;
    /// The peer sent certificates in this handshake. False only where tickets are in use: GnuTLS shows the chain of a
    /// ticket that it did not take, too, and whoever sends nothing must not be taken for its bearer.
    bool presented = true;
    std::shared_ptr<TicketStore> tickets;    ///< client; absent: no resumption
    std::string ticket_key;                  ///< client
    std::optional<Ticket> ticket;            ///< client: that is offered
    std::optional<TicketTerms> heard_terms;  ///< client: of a ticket that GnuTLS has and the store does not
    std::shared_ptr<TicketKeys> ticket_keys; ///< server; absent: no resumption
    bool takes_tickets = false;              ///< server: by the client's hello, and with a fresh key exchange
    bool early_data_offered = false;         ///< server: by the client's hello
    std::optional<bool> due_update; ///< is due with the next record; whether the peer is asked for one, too
    std::uint64_t sealed = 0;       ///< records with the key of now
    std::uint64_t most_sealed = most_records_of_a_key;
    bool record_unsent = false;      ///< GnuTLS holds a sealed record that the transport did not take whole
    std::vector<std::byte> received; ///< read ahead while looking for the reason of a failed send
    std::optional<Refusal> refusal;  ///< our own verdict, reached inside a callback
    std::optional<Error> failure;    ///< the end of this session; repeated on later calls
    std::exception_ptr thrown;       ///< carried across GnuTLS' frames

    Situation situation() const;
    /// Ends the session: finds the reason behind `code` and tells the peer, if it is still there to be told.
    Error fail(int code);
    /// Lets an exception go on that a callback had to hold back.
    void rethrow();
    void fill_in_facts();
};

} // namespace rpctls::tls
