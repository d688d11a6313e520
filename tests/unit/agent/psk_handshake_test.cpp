// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/handshake.hpp"
#include "agent/outcome.hpp"

#include "rpc/base/deadline.hpp"
#include "tests/unit/agent/fixture.hpp"
#include "tests/unit/keys/other_keyrings.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

using namespace rpctls;
using namespace rpctls::agent;
using std::chrono::milliseconds;

namespace {

const std::string identity = "NVMe0R01 nqn.2014-08.org.example:host nqn.2014-08.org.example:disk";
const std::string secret(32, 's');

/// Two of the agent's own handshakes against each other over a socket pair, each with the keyring of its request.
struct Scene : test::Workshop {
    test::OtherKeyrings others;
    keys::Serial host_ring = others.keyring("host");
    keys::Serial target_ring = others.keyring("target");
    test::Sockets sockets;
    std::optional<Report> client, server;
    kernel::HandshakeRequest at_host, at_target;

    Scene() {
        at_host.type = kernel::MessageType::client_hello;
        at_host.keyring = host_ring;
        at_target.type = kernel::MessageType::server_hello;
        at_target.keyring = target_ring;
        for (auto *request : {&at_host, &at_target}) {
            request->auth_mode = kernel::AuthMode::psk;
            request->timeout = milliseconds(5000);
        }
        at_host.socket = std::move(sockets.ours);
        at_target.socket = std::move(sockets.peer);
    }

    void play() {
        begin(std::move(at_host), client);
        begin(std::move(at_target), server);
        const auto deadline = Deadline::after(std::chrono::seconds(10));
        while (!(client && server) && !deadline.passed())
            context.poll();
        BOOST_TEST_REQUIRE(client.has_value());
        BOOST_TEST_REQUIRE(server.has_value());
    }

    static std::string word(const std::optional<Report> &report) {
        return report->failure ? report->failure->name : "done";
    }

private:
    void begin(kernel::HandshakeRequest request, std::optional<Report> &into) {
        static const test::Host host;
        static const auto snapshot = host.snapshot();
        Work work;
        auto plan = make_plan(request, "192.0.2.7", {});
        BOOST_TEST_REQUIRE(plan.has_value());
        work.plan = std::move(*plan);
        work.request = std::move(request);
        work.snapshot = snapshot;
        // The kernel closes the socket of a handshake that failed.
        std::make_shared<Handshake>(place, std::move(work), [&into](kernel::HandshakeRequest, Report ended) {
            into = std::move(ended);
        })->start();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(psk_handshake)

BOOST_FIXTURE_TEST_CASE(the_keys_of_both_ends_are_found_and_their_serials_reported, Scene) {
    const auto at_hosts = others.key(host_ring, identity, secret);
    const auto at_targets = others.key(target_ring, identity, secret);
    at_host.peer_identities = {at_hosts};
    play();
    BOOST_TEST(word(client) == "done");
    BOOST_TEST(word(server) == "done");
    BOOST_TEST(client->peer_key == at_hosts);
    BOOST_TEST(server->peer_key == at_targets);
    BOOST_TEST(client->facts->peer_authenticated);
    BOOST_TEST(server->facts->psk_identity.value_or("") == identity);
}

BOOST_FIXTURE_TEST_CASE(an_unknown_identity_is_a_rejected_key_for_both_consumers, Scene) {
    at_host.peer_identities = {others.key(host_ring, identity, secret)};
    others.key(target_ring, identity + "2", secret);
    play();
    BOOST_TEST(word(server) == "psk-identity-unknown");
    BOOST_TEST(status_for(*server->failure) == EKEYREJECTED);
    BOOST_TEST(word(client) == "psk-identity-refused");
    BOOST_TEST(status_for(*client->failure) == EKEYREJECTED);
    BOOST_TEST(server->peer_key == 0);
}

BOOST_FIXTURE_TEST_CASE(another_secret_is_no_access_for_both, Scene) {
    at_host.peer_identities = {others.key(host_ring, identity, secret)};
    others.key(target_ring, identity, std::string(32, 'x'));
    play();
    BOOST_TEST(word(server) == "psk-mismatch");
    BOOST_TEST(status_for(*server->failure) == EACCES);
    BOOST_TEST(word(client) == "psk-mismatch");
    BOOST_TEST(status_for(*client->failure) == EACCES);
    BOOST_TEST(server->peer_key == 0);
}

BOOST_FIXTURE_TEST_CASE(a_key_on_the_keyring_of_another_request_is_out_of_reach, Scene) {
    // The serial is right and the key exists; only the request's keyring is not the one that it is on.
    at_host.peer_identities = {others.key(target_ring, identity, secret)};
    play();
    BOOST_TEST(word(client) == "key-unreadable");
    BOOST_TEST(status_for(*client->failure) == ENOKEY);
}

BOOST_FIXTURE_TEST_CASE(the_first_key_that_can_be_used_is_used, Scene) {
    const auto too_short = others.key(host_ring, identity + "0", "short");
    const auto good = others.key(host_ring, identity, secret);
    others.key(target_ring, identity, secret);
    at_host.peer_identities = {INT32_MAX, too_short, good};
    play();
    BOOST_TEST(word(client) == "done");
    BOOST_TEST(client->peer_key == good);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_possessed_when_the_handshakes_have_ended, Scene) {
    const auto at_hosts = others.key(host_ring, identity, secret);
    const auto at_targets = others.key(target_ring, identity, secret);
    at_host.peer_identities = {at_hosts};
    play();
    for (const auto key : {at_hosts, at_targets}) {
        const auto read = keys::read_key(key);
        BOOST_TEST_REQUIRE(!read.has_value());
        BOOST_TEST(read.error().name == "key-unreadable");
    }
}

BOOST_AUTO_TEST_SUITE_END()
