// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/handshake.hpp"
#include "agent/outcome.hpp"

#include "rpc/base/deadline.hpp"
#include "tests/unit/agent/fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

using namespace rpctls;
using namespace rpctls::agent;
using kernel::AuthMode;
using kernel::MessageType;
using std::chrono::milliseconds;

namespace {

/// One handshake of the agent on a loop that the test turns.
class Scene : public test::Workshop {
public:
    explicit Scene(Role role, IdentityChoice identity = ConfiguredIdentity{}) {
        work.plan =
            Plan{role, std::move(identity), role == Role::client ? "server.example" : "", milliseconds(5000)};
        work.request.peer_name = work.plan.server_name;
        work.request.socket = std::move(sockets.ours);
        work.snapshot = host().snapshot();
        prime = [this](int, const tls::Session &session) -> Status {
            ++primed;
            BOOST_TEST(session.traffic_keys(tls::Direction::transmit).has_value());
            return {};
        };
    }

    void begin() {
        handshake = std::make_shared<Handshake>(place, std::move(work),
                                                [this](kernel::HandshakeRequest request, Report ended) {
                                                    BOOST_TEST(!report.has_value());
                                                    BOOST_TEST(request.socket.is_open());
                                                    flags = ::fcntl(request.socket.get(), F_GETFL);
                                                    report = std::move(ended);
                                                });
        handshake->start();
    }

    /// Turns both ends until the agent's has ended.
    void play(tls::Session &peer) {
        const auto deadline = Deadline::after(std::chrono::seconds(10));
        bool peer_ended = false;
        while (!report && !deadline.passed()) {
            context.poll();
            if (!peer_ended) {
                const auto progress = peer.handshake();
                peer_ended = !progress || *progress == tls::Session::Progress::done;
            }
        }
        BOOST_TEST_REQUIRE(report.has_value());
    }

    static const test::Host &host() {
        static const test::Host one;
        return one;
    }

    test::Sockets sockets;
    Work work;
    int primed = 0;
    int flags = -1;
    std::shared_ptr<Handshake> handshake;
    std::optional<Report> report;
};

} // namespace

BOOST_AUTO_TEST_SUITE(handshake)

BOOST_AUTO_TEST_CASE(a_server_without_a_client_certificate_makes_a_one_way_session) {
    Scene scene(Role::server);
    tls::SocketTransport transport(scene.sockets.peer.get());
    auto peer = test::client_session(*scene.work.snapshot->anonymous_client(), transport);
    scene.begin();
    scene.play(peer);
    BOOST_TEST(!scene.report->failure.has_value());
    BOOST_TEST(!scene.report->facts->peer_authenticated);
    BOOST_TEST(scene.primed == 1);
    BOOST_TEST((scene.flags & O_NONBLOCK) == 0); // the kernel's socket is as it came
}

BOOST_AUTO_TEST_CASE(a_server_learns_the_identity_that_a_client_proves) {
    Scene scene(Role::server);
    tls::SocketTransport transport(scene.sockets.peer.get());
    auto peer = test::client_session(*scene.work.snapshot->client(), transport, true);
    scene.begin();
    scene.play(peer);
    BOOST_TEST(!scene.report->failure.has_value());
    BOOST_TEST(scene.report->facts->peer_authenticated);
}

BOOST_AUTO_TEST_CASE(a_client_proves_its_identity_only_when_the_plan_has_one) {
    for (const bool mutual : {false, true}) {
        Scene scene(Role::client,
                    mutual ? IdentityChoice(ConfiguredIdentity{}) : IdentityChoice(NoIdentity{}));
        tls::SocketTransport transport(scene.sockets.peer.get());
        auto peer = test::server_session(*scene.work.snapshot->server(), transport);
        scene.begin();
        scene.play(peer);
        BOOST_TEST(!scene.report->failure.has_value());
        BOOST_TEST(scene.report->facts->certificate_sent == mutual);
        BOOST_TEST(scene.primed == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_server_with_another_name_is_refused_and_never_primed) {
    Scene scene(Role::client);
    scene.work.plan.server_name = "other.example";
    tls::SocketTransport transport(scene.sockets.peer.get());
    auto peer = test::server_session(*scene.work.snapshot->server(), transport);
    scene.begin();
    scene.play(peer);
    BOOST_TEST_REQUIRE(scene.report->failure.has_value());
    BOOST_TEST(scene.report->failure->name == "server-name-mismatch");
    BOOST_TEST(status_for(*scene.report->failure) == EACCES);
    BOOST_TEST(scene.primed == 0);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_refuses_the_keys_is_a_failure) {
    Scene scene(Role::server);
    scene.prime = [](int, const tls::Session &) -> Status {
        return system_error(Stage::kernel, "ktls-unavailable", "no kTLS", ENOENT);
    };
    tls::SocketTransport transport(scene.sockets.peer.get());
    auto peer = test::client_session(*scene.work.snapshot->anonymous_client(), transport);
    scene.begin();
    scene.play(peer);
    BOOST_TEST_REQUIRE(scene.report->failure.has_value());
    BOOST_TEST(status_for(*scene.report->failure) == EIO);
}

BOOST_AUTO_TEST_CASE(a_server_that_refuses_our_certificate_after_we_are_done_is_understood) {
    // With TLS 1.3 the client is done before the server has looked at its certificate; the socket may be closed by then.
    for (const bool mutual : {false, true}) {
        Scene scene(Role::client,
                    mutual ? IdentityChoice(ConfiguredIdentity{}) : IdentityChoice(NoIdentity{}));
        const test::Host stranger;
        tls::CredentialSources sources;
        sources.truststore = stranger.file("ca.pem");
        sources.identity.emplace(
            tls::IdentityFiles{Scene::host().file("server.pem"), Scene::host().file("server.key")});
        tls::SocketTransport transport(scene.sockets.peer.get());
        auto peer = test::server_session(*tls::Credentials::load(std::move(sources)), transport);
        scene.prime = [&](int, const tls::Session &) -> Status {
            BOOST_TEST(peer.handshake().has_value() == !mutual);
            scene.sockets.peer.reset();
            return system_error(Stage::kernel, "ktls-failed", "cannot attach TLS to the socket", ENOTCONN);
        };
        scene.begin();
        scene.play(peer);
        BOOST_TEST_REQUIRE(scene.report->failure.has_value());
        BOOST_TEST(scene.report->failure->name ==
                   (mutual ? "client-certificate-refused" : "session-truncated"));
        BOOST_TEST(status_for(*scene.report->failure) == (mutual ? EACCES : ETIMEDOUT));
    }
}

BOOST_AUTO_TEST_CASE(a_peer_that_says_nothing_is_given_up_at_the_deadline) {
    Scene scene(Role::server);
    scene.work.plan.time = milliseconds(50);
    scene.begin();
    const auto begun = std::chrono::steady_clock::now();
    scene.context.run_for(std::chrono::seconds(5));
    BOOST_TEST_REQUIRE(scene.report.has_value());
    BOOST_TEST(scene.report->failure->name == "handshake-timeout");
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(2)));
}

BOOST_AUTO_TEST_CASE(time_spent_waiting_for_a_worker_counts) {
    Scene scene(Role::server);
    scene.work.accepted -= std::chrono::seconds(6);
    scene.begin();
    BOOST_TEST(scene.report->failure->name == "handshake-timeout");
}

BOOST_AUTO_TEST_CASE(a_peer_that_goes_away_ends_it_at_once) {
    Scene scene(Role::server);
    scene.begin();
    scene.sockets.peer.reset();
    scene.context.run_for(std::chrono::seconds(2));
    BOOST_TEST_REQUIRE(scene.report.has_value());
    BOOST_TEST(status_for(*scene.report->failure) == ETIMEDOUT);
}

BOOST_AUTO_TEST_CASE(a_peer_that_speaks_no_tls_is_refused) {
    Scene scene(Role::server);
    scene.begin();
    const char call[] = "\x80\x00\x00\x28 plain RPC goes on here, long enough for a record header";
    BOOST_TEST(::send(scene.sockets.peer.get(), call, sizeof call, MSG_NOSIGNAL) > 0);
    scene.context.run_for(std::chrono::seconds(2));
    BOOST_TEST_REQUIRE(scene.report.has_value());
    BOOST_TEST((scene.report->failure->stage == Stage::handshake));
}

BOOST_AUTO_TEST_CASE(an_aborted_handshake_is_reported_once) {
    Scene scene(Role::client);
    scene.begin();
    scene.handshake->abort(agent_stopping());
    scene.handshake->abort(agent_stopping());
    scene.context.run_for(std::chrono::seconds(1));
    BOOST_TEST(scene.report->failure->name == "agent-stopping");
}

BOOST_AUTO_TEST_CASE(missing_material_is_reported_before_an_octet_is_sent) {
    test::Host bare;
    bare.configure(false);
    Scene scene(Role::client);
    scene.work.snapshot = bare.snapshot();
    scene.begin();
    BOOST_TEST(scene.report->failure->name == "identity-missing");
    BOOST_TEST(status_for(*scene.report->failure) == ENOKEY);
    char octet = 0;
    BOOST_TEST(::recv(scene.sockets.peer.get(), &octet, 1, MSG_DONTWAIT) <=
               0); // closed, and nothing was said
}

namespace {

/// Turns the loop for a while, or until the handshake has ended.
void wait_for(Scene &scene, milliseconds time) {
    const auto deadline = Deadline::after(time);
    while (!scene.report && !deadline.passed())
        scene.context.run_for(milliseconds(10));
}

} // namespace

BOOST_AUTO_TEST_CASE(a_silent_client_is_given_up_early_only_when_it_is_in_the_way_of_others) {
    Scene spared(Role::server);
    spared.server_threads = 2; // the silent one holds half of them: still bearable
    spared.begin();
    wait_for(spared, milliseconds(900));
    BOOST_TEST(!spared.report.has_value());
    BOOST_TEST(spared.silent_peers.count() == 1u);
    spared.handshake->abort(agent_stopping());
    BOOST_TEST(spared.silent_peers.count() == 0u);

    Scene in_the_way(Role::server);
    in_the_way.server_threads = 1;
    in_the_way.begin();
    wait_for(in_the_way, milliseconds(3000));
    BOOST_TEST_REQUIRE(in_the_way.report.has_value());
    BOOST_TEST(in_the_way.report->failure->name == "peer-silent");
    BOOST_TEST(in_the_way.silent_peers.count() == 0u);
    BOOST_TEST(in_the_way.report->duration < milliseconds(2500));
}

BOOST_AUTO_TEST_CASE(a_client_that_has_begun_is_no_silent_one) {
    Scene scene(Role::server);
    scene.server_threads = 1;
    tls::SocketTransport transport(scene.sockets.peer.get());
    auto peer = test::client_session(*scene.work.snapshot->anonymous_client(), transport);
    scene.begin();
    BOOST_TEST(scene.silent_peers.count() == 1u);
    (void)peer.handshake(); // the ClientHello, and not more for now
    wait_for(scene, milliseconds(600));
    BOOST_TEST(!scene.report.has_value());
    BOOST_TEST(scene.silent_peers.count() == 0u);
    scene.play(peer);
    BOOST_TEST(!scene.report->failure.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
