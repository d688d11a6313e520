// SPDX-License-Identifier: LGPL-2.1-or-later
// Up to the end of the probe: servers without TLS, and those that misbehave before it.
#include "tests/unit/client/preflight_fixture.hpp"

#include "rpc/base/text.hpp"

#include <mutex>

using namespace rpctls;
using namespace rpctls::client;
using namespace rpctls::test;

BOOST_AUTO_TEST_SUITE(preflight_in_clear)

namespace {

constexpr std::string_view offered = "00000001 00000000 00000000 00000008 53544152 54544c53 00000000";
constexpr std::string_view no_token = "00000001 00000000 00000000 00000000 00000000";
/// What libtirpc 1.3.3, which knows no TLS, answers.
constexpr std::string_view denied = "00000001 00000001 00000001 00000002";

/// Answers the probe with `rest` behind its xid and notes what comes then.
struct Answering {
    std::string rest;
    mutable std::mutex mutex{};
    mutable std::vector<std::byte> after{};

    void operator()(int fd) const {
        const auto call = read_octets(fd, probe_size);
        write_octets(fd, answer_to(call, octets(rest)));
        const auto more = read_to_end(fd);
        const std::lock_guard lock(mutex);
        after = more;
    }
};

PreflightReport after_answer(std::string_view rest, bool with_credentials,
                             std::size_t *sent_after = nullptr) {
    Answering answering{std::string(rest)};
    PreflightReport report;
    {
        const ScriptedPeer peer([&](int fd) { answering(fd); });
        auto request = request_to(peer);
        if (!with_credentials)
            request.credentials = nullptr;
        report = preflight(request);
    }
    if (sent_after != nullptr)
        *sent_after = answering.after.size();
    return report;
}

} // namespace

BOOST_AUTO_TEST_CASE(R_4_1_12_a_denial_is_final_and_nothing_more_is_sent) {
    std::size_t sent = 1;
    const auto report = after_answer(denied, true, &sent);
    BOOST_TEST(outcome(report) == "tls-refused");
    BOOST_TEST((report.offer == TlsOffer::refused));
    BOOST_TEST((report.failure->stage == Stage::probe));
    BOOST_TEST(report.answer == "denied, AUTH_REJECTEDCRED (2)");
    BOOST_TEST(!report.failure->hint.empty());
    BOOST_TEST(sent == 0u);
}

BOOST_AUTO_TEST_CASE(R_4_1_14_a_reply_without_the_token_is_no_offer_and_nothing_more_is_sent) {
    std::size_t sent = 1;
    const auto report = after_answer(no_token, true, &sent);
    BOOST_TEST(outcome(report) == "tls-not-offered");
    BOOST_TEST((report.offer == TlsOffer::not_offered));
    BOOST_TEST(sent == 0u);
}

BOOST_AUTO_TEST_CASE(without_credentials_every_answer_is_a_good_one) {
    std::size_t sent = 1;
    BOOST_TEST(outcome(after_answer(denied, false)) == "ok");
    BOOST_TEST(outcome(after_answer(no_token, false)) == "ok");
    const auto report = after_answer(offered, false, &sent);
    BOOST_TEST(outcome(report) == "ok");
    BOOST_TEST((report.offer == TlsOffer::offered));
    BOOST_TEST(!report.session.has_value());
    BOOST_TEST(report.stages.size() == 3u);
    BOOST_TEST(sent == 0u);
}

BOOST_AUTO_TEST_CASE(R_5_1_1_4_a_forged_reply_behind_the_token_drops_the_connection) {
    std::size_t sent = 1;
    const auto report =
        after_answer("00000001 00000000 00000000 00000008 53544152 54544c53 00000000 00000000", true, &sent);
    BOOST_TEST(outcome(report) == "probe-malformed"); // inside the record
    BOOST_TEST(sent == 0u);
    std::vector<std::byte> after;
    const ScriptedPeer peer([&](int fd) {
        const auto call = read_octets(fd, probe_size);
        write_octets(fd, concatenated({answer_to(call, octets(offered)), answer_to(call, octets(no_token))}));
        after = read_to_end(fd);
    });
    BOOST_TEST(outcome(preflight(request_to(peer))) == "probe-trailing-octets");
}

BOOST_AUTO_TEST_CASE(nobody_listening_is_said_with_the_address) {
    PreflightRequest request;
    {
        const ScriptedPeer gone([](int) {});
        request = request_to(gone);
    }
    const auto report = preflight(request);
    BOOST_TEST(outcome(report) == "connection-refused");
    BOOST_TEST(report.address == "127.0.0.1");
    BOOST_TEST((report.addresses == std::vector<std::string>{"127.0.0.1"}));
    BOOST_TEST(report.stages.size() == 2u);
}

BOOST_AUTO_TEST_CASE(R_4_1_16_silence_ends_at_the_stage_timeout) {
    const ScriptedPeer peer([](int fd) { read_to_end(fd); });
    auto request = request_to(peer);
    request.stage_timeout = std::chrono::milliseconds(150);
    const auto start = std::chrono::steady_clock::now();
    const auto report = preflight(request);
    BOOST_TEST(outcome(report) == "probe-timeout");
    BOOST_TEST((report.offer == TlsOffer::unknown));
    BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::milliseconds(1500)));
}

BOOST_AUTO_TEST_CASE(R_4_1_16_a_server_that_closes_or_resets_is_said_to) {
    const ScriptedPeer closing([](int fd) { read_octets(fd, probe_size); });
    BOOST_TEST(outcome(preflight(request_to(closing))) == "probe-closed");
    const ScriptedPeer resetting([](int fd) {
        read_octets(fd, probe_size);
        test::reset(fd);
    });
    BOOST_TEST(outcome(preflight(request_to(resetting))) == "probe-closed");
}

BOOST_AUTO_TEST_CASE(what_is_no_rpc_is_malformed) {
    const ScriptedPeer peer([](int fd) {
        write_octets(fd, as_bytes("SSH-2.0-OpenSSH_9.2p1\r\n"));
        read_to_end(fd);
    });
    const auto report = preflight(request_to(peer));
    BOOST_TEST(outcome(report) == "probe-malformed");
    BOOST_TEST((report.failure->stage == Stage::probe));
}

BOOST_AUTO_TEST_CASE(an_answer_one_octet_at_a_time_is_as_good) {
    const ScriptedPeer peer([](int fd) {
        const auto call = read_octets(fd, probe_size);
        for (const std::byte octet : answer_to(call, octets(no_token)))
            write_octets(fd, {&octet, 1});
    });
    BOOST_TEST(outcome(preflight(request_to(peer))) == "tls-not-offered");
}

BOOST_AUTO_TEST_SUITE_END()
