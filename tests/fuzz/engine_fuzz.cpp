// SPDX-License-Identifier: LGPL-2.1-or-later
// Arbitrary octets at each level of a client and a server, at any point of a handshake with each other.
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/engine/handshake_engine.hpp"
#include "rpc/tls/gnutls_handles.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <unistd.h>

using namespace rpctls;
using namespace rpctls::tls;
using State = HandshakeEngine::State;

namespace {

/// A certificate that is its own issuer, and trust in it, made once.
std::shared_ptr<const Credentials> make_credentials() {
    const auto key = make<X509Privkey>(gnutls_x509_privkey_init);
    const auto certificate = make<Crt>(gnutls_x509_crt_init);
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    gnutls_x509_privkey_generate(key.get(), GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                                 0);
    gnutls_x509_crt_set_key(certificate.get(), key.get());
    gnutls_x509_crt_set_version(certificate.get(), 3);
    gnutls_x509_crt_set_serial(certificate.get(), "\x01", 1);
    gnutls_x509_crt_set_activation_time(certificate.get(), now - 3600);
    gnutls_x509_crt_set_expiration_time(certificate.get(), now + 7 * 24 * 3600);
    gnutls_x509_crt_set_dn(certificate.get(), "CN=fuzz", nullptr);
    gnutls_x509_crt_set_subject_alt_name(certificate.get(), GNUTLS_SAN_DNSNAME, "fuzz.example", 12, 0);
    gnutls_x509_crt_sign2(certificate.get(), certificate.get(), key.get(), GNUTLS_DIG_SHA256, 0);
    Datum chain_pem, key_pem;
    gnutls_x509_crt_export2(certificate.get(), GNUTLS_X509_FMT_PEM, chain_pem.out());
    gnutls_x509_privkey_export2(key.get(), GNUTLS_X509_FMT_PEM, key_pem.out());

    const auto trust = std::filesystem::temp_directory_path() / ("engine_fuzz." + std::to_string(::getpid()));
    fuzz::require(write_file(trust, chain_pem.bytes(), 0600).has_value());
    IdentityBytes identity{
        "fuzz", {chain_pem.bytes().begin(), chain_pem.bytes().end()}, Secret(key_pem.bytes())};
    auto loaded = Credentials::load(
        {.identity = std::move(identity), .preferred = {}, .truststore = trust, .crl = {}, .judged_as = {}});
    std::filesystem::remove(trust);
    fuzz::require(loaded.has_value());
    return *loaded;
}

PresharedKey shared_key() {
    return {"fuzz", Secret(as_bytes("0123456789abcdef0123456789abcdef")), PskHash::sha256};
}

struct Ends {
    HandshakeEngine client;
    HandshakeEngine server;

    static Ends with_certificates() {
        static const auto credentials = make_credentials();
        return {*HandshakeEngine::client(
                    {.credentials = credentials, .server_name = "fuzz.example", .present_identity = true}),
                *HandshakeEngine::server({.credentials = credentials})};
    }

    /// That resume a session, with early data under way.
    static Ends with_ticket() {
        static const auto credentials = make_credentials();
        static const auto keys = std::make_shared<TicketKeys>();
        const auto make = [](std::shared_ptr<TicketStore> tickets) -> Ends {
            return {*HandshakeEngine::client({.credentials = credentials, .server_name = "fuzz.example"},
                                             {.tickets = std::move(tickets), .early_data = 1000}),
                    *HandshakeEngine::server(
                        {.credentials = credentials, .client_certificate = ClientCertificate::ignored},
                        {.ticket_keys = keys, .early_data = 1000})};
        };
        static const Ticket ticket = first_ticket(make);
        auto tickets = std::make_shared<TicketStore>();
        tickets->put({ticket.key, ticket.session.duplicate(), ticket.peer_chain, ticket.early_data, {}},
                     std::chrono::hours(1));
        return make(std::move(tickets));
    }
    template <class Make>
    static Ticket first_ticket(Make make);

    static Ends with_key() {
        static const auto policy = PskPolicy::load();
        return {*HandshakeEngine::psk_client({policy, shared_key(), "fuzz"}),
                *HandshakeEngine::psk_server(
                    {policy, [](std::string_view) -> Result<PresharedKey> { return shared_key(); }})};
    }
};

/// What holds after each step, whatever was fed.
void check(HandshakeEngine &engine, const Status &status) {
    fuzz::require(status.has_value() == (engine.state() != State::failed));
    if (!status) {
        fuzz::require(!status.error().name.empty());
        fuzz::require(engine.feed(Level::application, as_bytes("x")).error().name == status.error().name);
    }
    if (engine.state() == State::connected)
        fuzz::require(!engine.facts().cipher.empty() && engine.channel_binding().has_value());
}

/// Hands on what one end has to say; a failure is told once.
bool carry(HandshakeEngine &from, HandshakeEngine &to) {
    unsigned alerts = 0;
    bool moved = false;
    for (const Action &action : from.take()) {
        if (const auto *octets = std::get_if<SendOctets>(&action)) {
            moved = true;
            (void)to.feed(octets->level, octets->octets);
        } else if (const auto *alert = std::get_if<SendAlert>(&action)) {
            fuzz::require(from.state() == State::failed && ++alerts == 1);
            (void)to.hear_alert(alert->description);
        }
    }
    return moved;
}

template <class Make>
Ticket Ends::first_ticket(Make make) {
    const auto tickets = std::make_shared<TicketStore>();
    Ends ends = make(tickets);
    fuzz::require(ends.client.start().has_value());
    while (carry(ends.client, ends.server) || carry(ends.server, ends.client)) {
    }
    auto ticket = tickets->take("fuzz.example\nsunrpc");
    fuzz::require(ticket.has_value());
    return std::move(*ticket);
}

/// The outcome at a fresh server in single octets and as a whole.
void cut_in_pieces(std::span<const std::byte> octets) {
    Ends whole = Ends::with_key(), pieces = Ends::with_key();
    const Status at_once = whole.server.feed(Level::initial, octets);
    Status in_turn;
    for (std::size_t i = 0; i < octets.size() && in_turn; ++i)
        in_turn = pieces.server.feed(Level::initial, octets.subspan(i, 1));
    fuzz::require(at_once.has_value() == in_turn.has_value());
    fuzz::require(at_once || at_once.error().name == in_turn.error().name);
}

} // namespace

/// First an octet that says how the ends prove themselves; then commands. An octet below 0x80: bits 0 and 1 a level,
/// bit 2 the server or the client, then two octets of length, then what is fed. 0x80 and above: so many turns of
/// honest exchange; 0xc0 and above: both change keys; 0xff: an alert.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    auto input = fuzz::octets(data, size);
    if (input.empty() || input.size() > 200'000)
        return 0;
    Ends ends = input[0] == std::byte{0}   ? Ends::with_key()
                : input[0] == std::byte{2} ? Ends::with_ticket()
                                           : Ends::with_certificates();
    input = input.subspan(1);
    check(ends.client, ends.client.start());
    for (int commands = 0; !input.empty() && commands < 100; ++commands) {
        const auto command = std::to_integer<unsigned>(input[0]);
        input = input.subspan(1);
        if (command == 0xff) {
            (void)ends.client.hear_alert(input.empty() ? 0 : std::to_integer<unsigned>(input[0]));
        } else if (command >= 0xc0) {
            (void)ends.client.update_keys((command & 1) != 0);
            (void)ends.server.update_keys((command & 2) != 0);
        } else if (command >= 0x80) {
            for (unsigned turn = 0; turn < (command & 7) + 1; ++turn) {
                carry(ends.client, ends.server);
                carry(ends.server, ends.client);
            }
        } else if (input.size() >= 2) {
            const std::size_t announced =
                std::to_integer<std::size_t>(input[0]) << 8 | std::to_integer<std::size_t>(input[1]);
            const auto octets = input.subspan(2, std::min(announced, input.size() - 2));
            input = input.subspan(2 + octets.size());
            HandshakeEngine &engine = (command & 4) != 0 ? ends.server : ends.client;
            check(engine, engine.feed(static_cast<Level>(command & 3), octets));
            if ((command & 7) == 4)
                cut_in_pieces(octets);
        }
    }
    return 0;
}
