// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/text.hpp"
#include "rpc/tls/session.hpp"
#include "tests/unit/tls/memory_transport.hpp"
#include "tests/unit/tls/test_pki.hpp"

#include <boost/test/unit_test.hpp>

namespace rpctls::test {

/// One CA and what it issued, made once for a test.
struct Pki {
    Certified root = certify({.common_name = "Test CA", .is_ca = true});
    Certified server = certify({.common_name = "server", .dns_names = {"nfs1.example"}}, &root);
    Certified client = certify({.common_name = "client", .dns_names = {"client.example"}}, &root);

    std::shared_ptr<const tls::Credentials> server_credentials(const Certified &own) const {
        return load({.own = {own}, .trusted = {root}});
    }
    std::shared_ptr<const tls::Credentials> server_credentials() const { return server_credentials(server); }
    std::shared_ptr<const tls::Credentials> trust() const { return load({.trusted = {root}}); }
    std::shared_ptr<const tls::Credentials> identity() const {
        return load({.own = {client}, .trusted = {root}});
    }
};

/// How one end fared: "done", or the name of its error.
struct Outcome {
    std::string word = "unfinished";
    std::optional<Error> error;
};

/// One turn of one end; whether anything came of it. An end that fails closes its side, as a program would.
inline bool step(tls::Session &session, Outcome &outcome, Pipe &out, const Connection &connection) {
    if (outcome.word != "unfinished")
        return false;
    const std::size_t before = connection.to_server->octets.size() + connection.to_client->octets.size();
    const auto progress = session.handshake();
    if (!progress) {
        outcome = {progress.error().name, progress.error()};
        out.closed = true;
    } else if (*progress == tls::Session::Progress::done) {
        outcome.word = "done";
    }
    return outcome.word != "unfinished" ||
           before != connection.to_server->octets.size() + connection.to_client->octets.size();
}

/// Drives both until neither gets further.
inline void shake(tls::Session &client, Outcome &client_outcome, tls::Session &server,
                  Outcome &server_outcome, const Connection &connection) {
    for (int idle = 0; idle < 3; ++idle) {
        if (step(client, client_outcome, *connection.to_server, connection))
            idle = 0;
        if (step(server, server_outcome, *connection.to_client, connection))
            idle = 0;
    }
}

/// A client and a server session back to back.
struct Pair {
    Connection connection;
    tls::Session client;
    tls::Session server;
    Outcome client_outcome{};
    Outcome server_outcome{};

    Pair(tls::ClientParameters c, tls::ServerParameters s)
        : client(*tls::Session::client(std::move(c), connection.client)),
          server(*tls::Session::server(std::move(s), connection.server)) {}

    void shake() { test::shake(client, client_outcome, server, server_outcome, connection); }

    /// What the client hears after its handshake: a count, "nothing", or the name of an error.
    static std::string hear(tls::Session &session, Outcome &outcome, std::string *text = nullptr) {
        std::byte room[65536];
        const auto received = session.receive(room);
        if (!received) {
            outcome = {received.error().name, received.error()};
            return outcome.word;
        }
        if (!*received)
            return "nothing";
        if (text != nullptr)
            *text += as_text(std::span(room).first(**received));
        return std::to_string(**received);
    }
};

inline std::string fact(const std::optional<Error> &error, std::string_view key) {
    if (error)
        for (const auto &fact : error->facts)
            if (fact.key == key)
                return fact.value;
    return {};
}

} // namespace rpctls::test
