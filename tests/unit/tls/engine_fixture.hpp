// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/engine/handshake_engine.hpp"
#include "tests/unit/tls/session_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace rpctls::test {

/// One engine, and what it has said so far.
struct EngineEnd {
    tls::HandshakeEngine engine;
    std::string word = "unfinished"; ///< then "connected", or the name of its error
    std::optional<Error> error{};
    std::optional<unsigned> alert{}; ///< that it sent
    tls::Level alert_level{};
    unsigned hellos = 0; ///< ranges it sent at `initial`
    std::map<std::pair<tls::Level, tls::Direction>, tls::NewSecret> secrets{}; ///< the newest of each kind
    std::vector<tls::SendOctets> unsent{};

    void note(const Status &status) {
        if (!status && !error) {
            word = status.error().name;
            error = status.error();
        } else if (!error && engine.state() == tls::HandshakeEngine::State::connected) {
            word = "connected";
        }
    }

    /// Takes what there is to be done.
    void collect() {
        for (tls::Action &action : engine.take()) {
            if (auto *octets = std::get_if<tls::SendOctets>(&action)) {
                hellos += octets->level == tls::Level::initial;
                unsent.push_back(std::move(*octets));
            } else if (auto *secret = std::get_if<tls::NewSecret>(&action)) {
                secrets.insert_or_assign({secret->level, secret->direction}, std::move(*secret));
            } else {
                alert = std::get<tls::SendAlert>(action).description;
                alert_level = std::get<tls::SendAlert>(action).level;
            }
        }
    }

    const tls::NewSecret *secret(tls::Level level, tls::Direction direction) const {
        const auto found = secrets.find({level, direction});
        return found == secrets.end() ? nullptr : &found->second;
    }
};

/// Two engines that carry their octets to each other in pieces.
struct EnginePair {
    EngineEnd client;
    EngineEnd server;
    std::size_t piece = std::numeric_limits<std::size_t>::max();

    EnginePair(tls::ClientParameters c, tls::ServerParameters s, tls::EngineOptions options = {})
        : client{*tls::HandshakeEngine::client(std::move(c), options)}, server{*tls::HandshakeEngine::server(
                                                                            std::move(s), options)} {}
    EnginePair(tls::ClientParameters c, tls::EngineOptions of_client, tls::ServerParameters s,
               tls::EngineOptions of_server)
        : client{*tls::HandshakeEngine::client(std::move(c), std::move(of_client))},
          server{*tls::HandshakeEngine::server(std::move(s), std::move(of_server))} {}
    EnginePair(tls::PskClientParameters c, tls::PskServerParameters s)
        : client{*tls::HandshakeEngine::psk_client(std::move(c))}, server{*tls::HandshakeEngine::psk_server(
                                                                       std::move(s))} {}

    /// Until neither has more to say. An end hears the other's alert, unless it failed itself.
    void run() {
        client.note(client.engine.start());
        while (carry(client, server) || carry(server, client)) {
        }
    }

private:
    bool carry(EngineEnd &from, EngineEnd &to) const {
        from.collect();
        const bool something = !from.unsent.empty();
        for (const tls::SendOctets &sent : std::exchange(from.unsent, {})) {
            std::span<const std::byte> octets = sent.octets;
            while (!octets.empty()) {
                const auto range = octets.first(std::min(piece, octets.size()));
                octets = octets.subspan(range.size());
                to.note(to.engine.feed(sent.level, range));
            }
        }
        to.note({}); // connected by its own last message
        if (from.alert && !to.error)
            to.note(to.engine.hear_alert(*from.alert));
        return something;
    }
};

} // namespace rpctls::test
