// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/server.hpp"
#include "tests/unit/server/svc_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>

namespace rpctls::test {

enum FaceProcedure : std::uint32_t {
    face_echo = 1, ///< the arguments, in two pieces
    face_who = 2,  ///< a string out: who calls, and in what session
    face_keep = 3, ///< answered when the test says so
    face_big = 4,  ///< a number in, so many octets out
    face_drop = 5, ///< never answered by the handler
    face_throw = 6,
    face_garbage = 7,
    face_deny = 8,
    face_count = 9, ///< takes effect
};

/// A Server on a port of its own, of the program that the fixture of svc_tls_create() has, in versions 1 and 3.
class FaceServer {
public:
    explicit FaceServer(rpctls_policy policy, const Served::Change &change = {},
                        Server::Options options = {.io_threads = 2, .handshake_threads = 1}) {
        rpctls_params *params = rpctls_params_new();
        rpctls_params_set_policy(params, policy);
        files.serve(params);
        rpctls_params_set_log(params, take_line, this);
        if (change)
            change(params);
        auto made = Server::listen("127.0.0.1", 0, params, std::move(options));
        rpctls_params_free(params);
        BOOST_TEST_REQUIRE(made.has_value(), (made ? "" : summary(made.error())));
        server.emplace(std::move(*made));
        for (const std::uint32_t version : {1U, 3U})
            server->handle(program, version, [this](Call call) { handle(std::move(call)); });
        BOOST_TEST_REQUIRE(server->start().has_value());
    }
    ~FaceServer() { stop(); }

    void stop() {
        const std::deque<Call> rest = take_kept(0);
        if (server) {
            server->stop();
            server->wait();
        }
    }
    std::uint16_t port() const { return server->port(); }
    std::string log() const {
        const std::scoped_lock lock(mutex_);
        return log_;
    }
    bool logged(const std::string &text) const {
        return eventually([&] { return log().find(text) != std::string::npos; });
    }
    template <class Condition>
    static bool eventually(Condition condition) {
        for (int i = 0; i < 1000 && !condition(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return condition();
    }
    std::size_t kept() const {
        const std::scoped_lock lock(mutex_);
        return kept_.size();
    }
    /// All calls of face_keep, when there are `enough`.
    std::deque<Call> take_kept(std::size_t enough) {
        BOOST_TEST(eventually([&] { return kept() >= enough; }));
        const std::scoped_lock lock(mutex_);
        return std::exchange(kept_, {});
    }

    Files files;
    std::optional<Server> server;
    std::atomic<unsigned> count{0};
    /// For the procedures that are none of these; set before anybody calls.
    Server::Handler others{};

private:
    static void take_line(void *self, const char *line) {
        auto &server = *static_cast<FaceServer *>(self);
        const std::scoped_lock lock(server.mutex_);
        server.log_ += std::string(line) + "\n";
    }
    static std::string describe(const Call &call) {
        std::string text = "flavor " + std::to_string(call.credential().flavor);
        if (const auto &sys = call.credential().sys)
            text += " uid " + std::to_string(sys->uid) + " on " + sys->machine;
        const rpctls_session *session = call.session();
        if (session == nullptr)
            return text + ", in clear";
        return text + ", " + rpctls_session_tls_version(session) + ", host " +
               (rpctls_session_peer_verified(session) ? rpctls_session_peer_subject(session) : "unknown");
    }
    void handle(Call call) {
        const auto arguments = call.arguments();
        switch (call.procedure()) {
        case face_echo: {
            Reply reply;
            const auto half = arguments.size() / 2;
            reply.add({arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(half)});
            auto rest = std::make_shared<const std::vector<std::byte>>(
                arguments.begin() + static_cast<std::ptrdiff_t>(half), arguments.end());
            reply.add(*rest, rest);
            return call.reply(std::move(reply));
        }
        case face_who: {
            const std::string text = describe(call);
            return call.reply(opaque(std::as_bytes(std::span(text))));
        }
        case face_keep: {
            const std::scoped_lock lock(mutex_);
            kept_.push_back(std::move(call));
            return;
        }
        case face_big: {
            std::uint32_t size = 0;
            for (const std::byte octet : arguments.first(4))
                size = size << 8 | std::to_integer<std::uint32_t>(octet);
            return call.reply(std::vector<std::byte>(size));
        }
        case face_drop:
            return;
        case face_throw:
            throw std::runtime_error("a handler's mishap");
        case face_garbage:
            return call.garbage_arguments();
        case face_deny:
            return call.deny(2);
        case face_count:
            ++count;
            return call.reply();
        default:
            if (others)
                return others(std::move(call));
            call.procedure_unavailable();
        }
    }

    mutable std::mutex mutex_;
    std::string log_;
    std::deque<Call> kept_;
};

} // namespace rpctls::test
