// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/resumption.hpp"
#include "rpc/tls/session.hpp"
#include "rpctls/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace rpctls::tls {

/// What octets are protected with (RFC 8446 section 7.1; RFC 9001 section 4 calls them encryption levels): nothing, or
/// the traffic secret of that name.
enum class Level { initial, early, handshake, application };

/// Handshake octets for the peer, at the end of that level's stream. Protected with the newest transmit secret of that
/// level that came before them; in clear at `initial`.
struct SendOctets {
    Level level{};
    std::vector<std::byte> octets;
};

/// A traffic secret, to protect what is sent or to open what is received at that level from now on. Keys come from it
/// by derive_traffic_keys(), or by another protocol's own labels. Generation 0 is the handshake's, each KeyUpdate makes
/// the next.
struct NewSecret {
    Level level{};
    Direction direction{};
    KtlsCipher cipher{};
    Secret secret;
    std::uint32_t generation = 0;
};

/// The fatal alert that tells the peer why this end gives up (RFC 8446 section 6.2), protected as SendOctets are; in
/// QUIC the error code 0x100 + description of a CONNECTION_CLOSE.
struct SendAlert {
    Level level{};
    unsigned description = 0;
};

using Action = std::variant<SendOctets, NewSecret, SendAlert>;

/// A TLS extension that is none of TLS' own, such as QUIC's transport parameters (57): sent in a client's hello and in
/// the EncryptedExtensions of a server whose client sent one.
struct ExtraExtension {
    std::uint16_t number = 0;
    std::vector<std::byte> octets{}; ///< at least one, but for a server with an `answer`
    /// A server's own octets where they depend on the client's, in place of `octets`; none: it sends no such extension.
    /// Called once, within feed().
    std::function<std::vector<std::byte>(std::span<const std::byte> of_client)> answer{};
};

struct EngineOptions {
    std::optional<ExtraExtension> extension{};
    /// False: a KeyUpdate is refused, as QUIC wants it, which changes its keys in its own way (RFC 9001 section 6).
    bool key_updates = true;

    /// A client's, to resume sessions with the tickets in it and to keep those that come. Absent: it offers none and
    /// passes over what it gets.
    std::shared_ptr<TicketStore> tickets{};
    /// A server's, to give each client a ticket after its handshake and to take those that it gave. Absent: neither.
    std::shared_ptr<TicketKeys> ticket_keys{};
    /// Octets of early data that a client may want to send, or a server takes: only with the above, and never for RPC
    /// (RFC 9289 section 6). QUIC has 0xffffffff (RFC 9001 section 4.6.1). GnuTLS tells a server whose ticket it was
    /// behind EndOfEarlyData only: with that message, early data is for servers that ignore clients' certificates.
    std::uint32_t early_data = 0;
    /// False: no EndOfEarlyData, as QUIC wants it (RFC 9001 section 8.3).
    bool end_of_early_data = true;
};

/// What became of a client's early data.
enum class EarlyData {
    none,     ///< it has none; a server's before the hello, too
    offered,  ///< a client's, until its handshake is done
    accepted, ///< the server takes it
    rejected  ///< what was sent is lost: a server's carrier passes over what it cannot open (RFC 8446 4.2.10)
};

/// A TLS 1.3 handshake as messages in and messages out, with no socket: for whatever carries them in another way than
/// over TCP, such as QUIC's CRYPTO frames, or protects the records itself. Certificates, pre-shared keys, verification
/// and errors are those of a Session of the same parameters.
///
/// Sessions are resumed where the options have the means. Neither end takes the other's word of the session before: its
/// chain is judged anew, as in a full handshake, by the credentials, pins and filters of now. A client whose server would
/// be refused, or whose own identity has become another, offers no ticket; a server whose client would be refused ends
/// the handshake with the error and the alert that a full one would have. With pre-shared keys there is nothing to
/// gain, and no resumption.
///
/// Sans I/O: feed() and the others change the state, take() says what is to be done about it, in order. An engine
/// belongs to one thread at a time. What it holds of a peer's octets is bounded by the largest message, 64 KiB; a
/// handshake by 128 KiB and 32 messages.
class HandshakeEngine {
public:
    /// As Session::client() and the others; the same errors. std::invalid_argument when options.extension has a number
    /// that TLS uses itself, or neither octets nor an answer; when options are the other end's, or without effect.
    static Result<HandshakeEngine> client(ClientParameters parameters, EngineOptions options = {});
    static Result<HandshakeEngine> server(ServerParameters parameters, EngineOptions options = {});
    static Result<HandshakeEngine> psk_client(PskClientParameters parameters, EngineOptions options = {});
    static Result<HandshakeEngine> psk_server(PskServerParameters parameters, EngineOptions options = {});

    HandshakeEngine(HandshakeEngine &&) noexcept;
    HandshakeEngine &operator=(HandshakeEngine &&) noexcept;
    ~HandshakeEngine();

    enum class State {
        start,     ///< nothing was sent, nothing received
        received,  ///< the beginning of a message has come
        wait,      ///< the peer has to say something
        connected, ///< this end is done, and the peer verified
        failed
    };
    State state() const;

    /// Makes a client's hello; of no effect on a server, or a second time. Errors as with feed().
    Status start();

    /// What has come at the end of a level's stream, in any pieces, each octet once and in order. Where records or
    /// packets carry it, a range never reaches beyond one whose keys the next may not share: what follows a message
    /// that changes the keys is refused (RFC 8446 5.1).
    ///
    /// The errors of Session::handshake(), which take() accompanies with a SendAlert; stage rpc, session-failed, for
    /// what must not come after the handshake. An error is final, and given again on each later call.
    Status feed(Level level, std::span<const std::byte> octets);

    /// What is to be done since the last call, in this order. Secrets are handed over, octets gone from here.
    std::vector<Action> take();

    /// The peer sent an alert (its description, RFC 8446 section 6). Success for what ends nothing: user_canceled,
    /// and close_notify once connected, which is the carrier's to act on. Else the error that feed() gives from now on,
    /// a server's late verdict on the client's certificate among them: client-certificate-required/-refused.
    Status hear_alert(unsigned description);

    /// Application data has come. A peer gets no more than 64 messages through between two of them after the handshake.
    void hear_data();

    /// Begins to send under the next generation: a KeyUpdate, then the new secret; with `request_peer` the peer is
    /// asked to do the same. Due before a key has sealed most_records(). Error (stage rpc): session-failed when not
    /// connected or when the options have no KeyUpdate.
    Status update_keys(bool request_peer);

    /// A server's: another ticket, for a client that wants several. None is sent to one that said it takes none. Error
    /// (stage rpc): session-failed when not connected or when the options have no keys for it.
    Status send_ticket();

    /// A client's early data is sealed under its transmit secret of Level::early, from start() on until the handshake
    /// is done, and has to be sent again when it was rejected. A server that asks for another key share ends the
    /// handshake instead (handshake-failed): GnuTLS cannot take the offer back, the way on is without early data. A server opens it under its receive secret of that
    /// level. Whoever takes it knows that it may come twice, should the server run on several machines: one TicketKeys
    /// takes a hello once (RFC 8446 section 8).
    EarlyData early_data() const;
    /// Octets: what a client may send, what a server takes. 0: nothing.
    std::uint32_t early_data_limit() const;
    /// A server's: so many octets of early data have come. Error: with more than the limit, as with feed().
    Status hear_early_data(std::size_t octets);

    /// resumption_master_secret (RFC 8446 7.1), which the keys of this session's tickets come from. Known to a client once
    /// it has got a ticket that it keeps: GnuTLS shows it to nobody before, and to no server.
    std::optional<Secret> resumption_secret() const;

    /// See Session. `certificate_requested` and so on are known as the handshake goes on.
    const SessionFacts &facts() const;
    /// Of the peer's extension with the number of options.extension, as it first came; absent when it sent none, or not
    /// yet.
    const std::optional<std::vector<std::byte>> &peer_extension() const;
    /// See Session::channel_binding().
    Result<std::vector<std::byte>> channel_binding() const;
    /// See Session::largest_payload().
    std::size_t largest_payload() const;

private:
    struct Impl;
    explicit HandshakeEngine(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace rpctls::tls
