// SPDX-License-Identifier: LGPL-2.1-or-later
// From the offer on: sessions that work, and the ways in which they do not.
#include "tests/unit/client/preflight_fixture.hpp"

#include "rpc/base/text.hpp"

#include <atomic>

using namespace rpctls;
using namespace rpctls::client;
using namespace rpctls::test;

BOOST_AUTO_TEST_SUITE(preflight_with_tls)

namespace {

/// Offers, shakes hands, answers one NULL call and waits for the end.
void serve(int fd, const tls::ServerParameters &parameters) {
    TlsPeer::offer(fd);
    TlsPeer peer(fd, parameters);
    if (peer.shake_hands() && peer.answer())
        peer.read(1);
}

PreflightReport with_server(const tls::ServerParameters &parameters, auto change) {
    const ScriptedPeer peer([&](int fd) { serve(fd, parameters); });
    auto request = request_to(peer);
    change(request);
    return preflight(request);
}

PreflightReport with_server(const tls::ServerParameters &parameters) {
    return with_server(parameters, [](PreflightRequest &) {});
}

/// Offers, then plays `script` in clear.
std::string after_offer(const ScriptedPeer::Script &script) {
    const ScriptedPeer peer([&](int fd) {
        TlsPeer::offer(fd);
        script(fd);
    });
    auto request = request_to(peer);
    request.stage_timeout = std::chrono::milliseconds(500);
    const auto report = preflight(request);
    BOOST_TEST((report.offer == TlsOffer::offered));
    BOOST_TEST(!report.failure->hint.empty());
    return outcome(report);
}

/// Shakes hands, then plays `script` inside the session.
PreflightReport inside(const std::function<void(TlsPeer &, int fd)> &script) {
    const ScriptedPeer peer([&](int fd) {
        TlsPeer::offer(fd);
        TlsPeer tls(fd, authority().serving());
        if (tls.shake_hands())
            script(tls, fd);
    });
    auto request = request_to(peer);
    request.stage_timeout = std::chrono::milliseconds(600);
    return preflight(request);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_sound_server_passes_every_stage) {
    const auto report = with_server(authority().serving());
    BOOST_TEST_REQUIRE(outcome(report) == "ok", summary(report.failure.value_or(Error{})));
    BOOST_TEST(report.null_call_answered);
    BOOST_TEST_REQUIRE(report.session.has_value());
    BOOST_TEST(report.session->version == "TLS 1.3");
    BOOST_TEST(report.session->alpn.value_or("absent") == "sunrpc");
    BOOST_TEST(report.session->peer_authenticated);
    BOOST_TEST(report.session->certificate_requested);
    BOOST_TEST(!report.session->certificate_sent);
    std::vector<Stage> stages;
    for (const auto &stage : report.stages)
        stages.push_back(stage.stage);
    BOOST_TEST(
        (stages == std::vector{Stage::resolve, Stage::connect, Stage::probe, Stage::handshake, Stage::rpc}));
}

BOOST_AUTO_TEST_CASE(an_identity_is_proved_where_it_is_asked_for) {
    const auto report =
        with_server(authority().serving(tls::ClientCertificate::required), [](PreflightRequest &request) {
            request.credentials = authority().identity();
            request.present_identity = true;
        });
    BOOST_TEST(outcome(report) == "ok");
    BOOST_TEST(report.session->certificate_sent);
}

BOOST_AUTO_TEST_CASE(R_5_1_1_10_the_session_ends_with_close_notify) {
    std::atomic<int> ended = -1;
    {
        const auto report = inside([&](TlsPeer &peer, int fd) {
            peer.answer();
            std::byte room[16];
            wait_readable(fd, Deadline::after(std::chrono::seconds(2)));
            const auto count = peer.session().receive(room);
            ended = count && *count ? static_cast<int>(**count) : -2;
        });
        BOOST_TEST(outcome(report) == "ok");
    }
    BOOST_TEST(ended.load() == 0);
}

BOOST_AUTO_TEST_CASE(R_4_2_5_a_late_demand_for_a_certificate_is_a_failed_handshake) {
    const auto report = with_server(authority().serving(tls::ClientCertificate::required));
    BOOST_TEST(outcome(report) == "client-certificate-required");
    BOOST_TEST((report.failure->stage == Stage::handshake));
    BOOST_TEST((report.offer == TlsOffer::offered));
    BOOST_TEST(!report.null_call_answered);
}

BOOST_AUTO_TEST_CASE(a_certificate_that_the_server_does_not_trust_is_refused) {
    const auto other = certify({.common_name = "Other CA", .is_ca = true});
    const auto stranger = certify({.common_name = "stranger"}, &other);
    const auto report =
        with_server(authority().serving(tls::ClientCertificate::required), [&](PreflightRequest &request) {
            request.credentials = load({.own = {stranger}, .trusted = {authority().ca}});
            request.present_identity = true;
        });
    BOOST_TEST(outcome(report) == "client-certificate-refused");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_1_a_server_of_another_ca_is_not_trusted) {
    const auto other = certify({.common_name = "Other CA", .is_ca = true});
    const auto report = with_server(authority().serving(), [&](PreflightRequest &request) {
        request.credentials = load({.trusted = {other}});
    });
    BOOST_TEST(outcome(report) == "ca-not-trusted");
    BOOST_TEST((report.failure->stage == Stage::verify));
    BOOST_TEST_REQUIRE(report.session.has_value());
    BOOST_TEST(!report.session->peer_chain.empty());
}

BOOST_AUTO_TEST_CASE(R_5_2_1_8_the_name_that_counts_is_the_one_asked_for) {
    const auto named = [](const char *name) {
        return outcome(with_server(authority().serving(),
                                   [&](PreflightRequest &request) { request.server_name = name; }));
    };
    BOOST_TEST(named("nfs1.example") == "ok");
    BOOST_TEST(named("nfs2.example") == "server-name-mismatch");
    BOOST_TEST(named("server") == "server-name-mismatch"); // its common name
}

BOOST_AUTO_TEST_CASE(R_5_2_1_1_an_expired_and_a_future_certificate_are_told_apart) {
    using std::chrono::hours;
    const auto &ca = authority().ca;
    const auto old = certify({.addresses = {"127.0.0.1"}, .from = hours(-48), .until = hours(-24)}, &ca);
    const auto future = certify({.addresses = {"127.0.0.1"}, .from = hours(24), .until = hours(48)}, &ca);
    BOOST_TEST(outcome(with_server({.credentials = load({.own = {old}, .trusted = {ca}})})) ==
               "certificate-expired");
    BOOST_TEST(outcome(with_server({.credentials = load({.own = {future}, .trusted = {ca}})})) ==
               "certificate-not-yet-valid");
}

BOOST_AUTO_TEST_CASE(R_4_1_17_what_goes_wrong_behind_a_good_probe_is_named) {
    // Closed with octets that nobody has read, it would be a reset.
    BOOST_TEST(after_offer([](int fd) {
                   ::shutdown(fd, SHUT_WR);
                   read_to_end(fd);
               }) == "handshake-closed");
    BOOST_TEST(after_offer([](int fd) {
                   read_octets(fd, 8);
                   test::reset(fd);
               }) == "handshake-reset");
    BOOST_TEST(after_offer([](int fd) {
                   read_octets(fd, 8);
                   write_octets(fd, as_bytes("no TLS at all, sorry"));
                   read_to_end(fd);
               }) == "not-tls");
    BOOST_TEST(after_offer([](int fd) {
                   read_octets(fd, 8);
                   write_octets(fd, octets("15030300020250")); // internal_error
                   read_to_end(fd);
               }) == "peer-alert");
    BOOST_TEST(after_offer([](int fd) { read_to_end(fd); }) == "handshake-timeout");
}

BOOST_AUTO_TEST_CASE(R_4_1_18_23_R_6_1_2_1_nothing_but_the_probe_is_ever_sent_in_clear) {
    std::atomic<int> connections = 0;
    std::atomic<bool> client_hello = false;
    std::atomic<std::size_t> after = 1;
    {
        const ScriptedPeer peer([&](int fd) {
            ++connections;
            TlsPeer::offer(fd);
            const auto first = read_octets(fd, 5);
            client_hello = first.size() == 5 && hex(std::span(first).first(2)) == "1603";
            if (first.size() == 5)
                read_octets(fd, std::to_integer<std::size_t>(first[3]) << 8 |
                                    std::to_integer<std::size_t>(first[4]));
            write_octets(fd, octets("15030300020228")); // handshake_failure
            after = read_to_end(fd).size();
        });
        (void)preflight(request_to(peer));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    BOOST_TEST(client_hello.load());
    BOOST_TEST(connections.load() == 1);
    BOOST_TEST(after.load() == 0u);
}

BOOST_AUTO_TEST_CASE(a_second_answer_to_the_probe_inside_tls_is_passed_over_and_the_call_repeated) {
    std::atomic<int> calls = 0;
    const auto report = inside([&](TlsPeer &peer, int) {
        // The first call is lost, as it is with servers that do not expect it so soon.
        calls += peer.read(probe_size).size() == probe_size;
        peer.write(
            octets("80000020 99999999 00000001 00000000 00000000 00000008 53544152 54544c53 00000000"));
        calls += peer.answer();
        peer.read(1);
    });
    BOOST_TEST(outcome(report) == "ok");
    BOOST_TEST(calls.load() == 2);
}

BOOST_AUTO_TEST_CASE(a_call_that_got_lost_is_made_once_more) {
    const auto report = inside([](TlsPeer &peer, int) {
        peer.read(probe_size);
        peer.answer();
        peer.read(1);
    });
    BOOST_TEST(outcome(report) == "ok");
}

BOOST_AUTO_TEST_CASE(a_server_that_says_nothing_inside_tls_is_not_waited_for_long) {
    BOOST_TEST(outcome(inside([](TlsPeer &peer, int) { peer.read(1 << 16); })) == "rpc-timeout");
}

BOOST_AUTO_TEST_CASE(answers_that_are_no_success_are_told_apart) {
    const auto answered = [](const char *rest) {
        const auto report = inside([&](TlsPeer &peer, int) {
            peer.answer(rest);
            peer.read(1);
        });
        BOOST_TEST(!report.null_call_answered);
        return outcome(report);
    };
    BOOST_TEST(answered("00000001 00000000 00000000 00000000 00000001") == "program-unavailable");
    BOOST_TEST(answered("00000001 00000000 00000000 00000000 00000002 00000003 00000003") ==
               "version-mismatch");
    BOOST_TEST(answered("00000001 00000000 00000000 00000000 00000005") == "rpc-failed");
    BOOST_TEST(answered("00000001 00000001 00000001 00000005") == "rpc-denied");
    BOOST_TEST(answered("00000001 00000007") == "reply-malformed");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_6_octets_in_clear_inside_a_session_end_it) {
    const auto report = inside([](TlsPeer &, int fd) {
        read_octets(fd, 5);
        write_octets(fd, octets("80000018 00000001 00000001 00000000 00000000 00000000 00000000"));
        read_to_end(fd);
    });
    BOOST_TEST(report.failure.has_value());
    BOOST_TEST(!report.null_call_answered);
}

BOOST_AUTO_TEST_CASE(a_server_that_hangs_up_after_the_handshake_is_taken_to_want_a_certificate) {
    BOOST_TEST(outcome(inside([](TlsPeer &, int) {})) == "client-certificate-required");
    BOOST_TEST(outcome(inside([](TlsPeer &, int fd) { test::reset(fd); })) == "client-certificate-required");
    BOOST_TEST(outcome(inside([](TlsPeer &peer, int) { peer.session().close(); })) ==
               "client-certificate-required");
}

BOOST_AUTO_TEST_CASE(nonsense_parameters_are_errors_of_input) {
    const auto report = with_server(authority().serving(),
                                    [](PreflightRequest &request) { request.present_identity = true; });
    BOOST_TEST(outcome(report) == "identity-missing");
    BOOST_TEST((report.failure->stage == Stage::input));
}

BOOST_AUTO_TEST_SUITE_END()
