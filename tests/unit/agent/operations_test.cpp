// SPDX-License-Identifier: LGPL-2.1-or-later
// What an operator sees: latencies, a log that a storm does not fill, certificates that end, metrics.
#include "agent/expiry.hpp"
#include "agent/latency.hpp"
#include "agent/log_limit.hpp"
#include "agent/log_output.hpp"
#include "agent/metrics_file.hpp"
#include "agent/status.hpp"

#include "rpc/base/file.hpp"
#include "tests/unit/agent/fixture.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

using namespace rpctls;
using namespace rpctls::agent;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::seconds;

BOOST_AUTO_TEST_SUITE(latency)

BOOST_AUTO_TEST_CASE(percentiles_are_right_to_an_eighth_over_the_whole_scale) {
    for (const std::int64_t us :
         {0LL, 1LL, 15LL, 16LL, 17LL, 700LL, 1'000LL, 12'345LL, 999'999LL, 5'000'000LL, 60'000'000LL}) {
        Latency latency;
        latency.add(microseconds(us));
        latency.add(microseconds(100'000'000));
        BOOST_TEST(latency.percentile(0.5).count() >= us);
        BOOST_TEST(latency.percentile(0.5).count() <= us + us / 8 + 1);
    }
}

BOOST_AUTO_TEST_CASE(percentiles_of_a_spread_are_in_order_and_never_more_than_the_longest) {
    Latency latency;
    BOOST_TEST(latency.percentile(0.99).count() == 0);
    for (int i = 1; i <= 1000; ++i)
        latency.add(microseconds(i));
    BOOST_TEST(latency.count() == 1000u);
    BOOST_TEST(latency.sum().count() == 500'500);
    const auto p50 = latency.percentile(0.5).count(), p99 = latency.percentile(0.99).count();
    BOOST_TEST((p50 >= 500 && p50 <= 563));
    BOOST_TEST((p99 >= 990 && p99 <= 1000));
    BOOST_TEST(latency.percentile(1).count() == 1000);
    BOOST_TEST(latency.longest().count() == 1000);
}

BOOST_AUTO_TEST_CASE(what_is_longer_than_the_scale_or_negative_is_counted_too) {
    Latency latency;
    latency.add(hours(3));
    latency.add(microseconds(-5));
    BOOST_TEST(latency.count() == 2u);
    BOOST_TEST((latency.percentile(1) == hours(3)));
    BOOST_TEST(latency.percentile(0.1).count() == 0);
}

BOOST_AUTO_TEST_CASE(counts_under_a_bound_include_the_bound) {
    Latency latency;
    latency.add(microseconds(1000));
    latency.add(microseconds(1001));
    latency.add(seconds(20));
    BOOST_TEST(latency.at_most(0) == 1u);
    BOOST_TEST(latency.at_most(1) == 2u);
    BOOST_TEST(latency.at_most(Latency::bounds.size() - 1) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(log_limit)

BOOST_AUTO_TEST_CASE(a_storm_from_one_peer_leaves_a_few_entries_and_a_summary) {
    LogLimit limit;
    const auto now = LogLimit::Clock::now();
    unsigned written = 0;
    for (int i = 0; i < 1000; ++i)
        written += limit.admit("not-tls", "192.0.2.7", now + std::chrono::milliseconds(i));
    BOOST_TEST(written == LogLimit::most_for_peer);
    BOOST_TEST(limit.summaries(now + seconds(59)).empty());
    const auto summaries = limit.summaries(now + LogLimit::window);
    BOOST_TEST_REQUIRE(summaries.size() == 1u);
    BOOST_TEST(text_of(summaries[0]) == "997 more with 192.0.2.7 like this (not-tls) in 60 s");
    BOOST_TEST(limit.withheld() == 997u);
    BOOST_TEST(limit.admit("not-tls", "192.0.2.7", now + LogLimit::window)); // a new window
}

BOOST_AUTO_TEST_CASE(a_storm_from_many_peers_is_limited_by_its_cause_and_other_causes_are_heard) {
    LogLimit limit;
    const auto now = LogLimit::Clock::now();
    unsigned written = 0;
    for (int i = 0; i < 10000; ++i)
        written += limit.admit("not-tls", "peer " + std::to_string(i), now);
    BOOST_TEST(written == LogLimit::most_for_cause);
    BOOST_TEST(limit.admit("ca-not-trusted", "peer 9999", now));
    const auto summaries = limit.last_summaries(now + seconds(1));
    BOOST_TEST_REQUIRE(summaries.size() == 1u);
    BOOST_TEST(text_of(summaries[0]) == "9980 more failures like this (not-tls) in 1 s");
}

BOOST_AUTO_TEST_CASE(a_window_that_ended_unseen_is_told_of_later) {
    LogLimit limit;
    const auto now = LogLimit::Clock::now();
    for (int i = 0; i < 5; ++i)
        (void)limit.admit("not-tls", "a", now);
    BOOST_TEST(limit.admit("not-tls", "a", now + seconds(100)));
    const auto summaries = limit.summaries(now + seconds(101));
    BOOST_TEST_REQUIRE(summaries.size() == 1u);
    BOOST_TEST(summaries[0].count == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(log_output)

BOOST_AUTO_TEST_CASE(a_pipe_that_nobody_reads_loses_lines_and_holds_nobody_up) {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const Fd reader(ends[0]), writer(ends[1]);
    LineOutput output(writer.get());
    const std::string line(1000, 'x');
    for (int i = 0; i < 1000; ++i) // far more than a pipe holds
        output.write(line + "\n");
    BOOST_TEST(output.lost() > 0u);
    const auto lost = output.lost();
    std::vector<char> room(1 << 20);
    const ssize_t n = ::read(reader.get(), room.data(), room.size());
    BOOST_TEST_REQUIRE(n > 0);
    std::string text(room.data(), static_cast<std::size_t>(n));
    output.write("after\n");
    text.append(room.data(), static_cast<std::size_t>(::read(reader.get(), room.data(), room.size())));
    BOOST_TEST(text.ends_with("after\n"));
    std::uint64_t told = 0;
    for (const auto part : split(text, '\n'))
        if (part.ends_with(" log entries were lost here"))
            told += parse_number(split(part, ' ')[1]).value();
    BOOST_TEST(told == lost);
    // The other end of the pipe is somebody else's, and blocks as before.
    BOOST_TEST((::fcntl(writer.get(), F_GETFL) & O_NONBLOCK) == 0);
}

BOOST_AUTO_TEST_CASE(a_full_disk_and_a_closed_descriptor_lose_lines_and_no_more) {
    const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    BOOST_REQUIRE(full.is_open());
    LineOutput output(full.get());
    output.write("one\n");
    output.write("two\n");
    BOOST_TEST(output.lost() == 2u);
    LineOutput closed(-1);
    closed.write("one\n");
    BOOST_TEST(closed.lost() == 1u);
}

BOOST_AUTO_TEST_CASE(the_journal_gets_fields_in_its_own_form_and_an_absent_one_is_no_obstacle) {
    const test::TemporaryDirectory folder;
    const std::string path = (folder / "socket").string();
    JournalOutput output(path);
    output.write({{"MESSAGE", "nobody listens"}});
    BOOST_TEST(output.lost() == 1u);

    const Fd journal(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    BOOST_REQUIRE(::bind(journal.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    output.write({{"MESSAGE", "two\nlines"}, {"PRIORITY", "4"}});
    char room[256];
    const ssize_t n = ::recv(journal.get(), room, sizeof room, MSG_DONTWAIT);
    BOOST_TEST_REQUIRE(n > 0);
    BOOST_TEST((std::string_view(room, static_cast<std::size_t>(n)) ==
                std::string_view("MESSAGE\n\x09\0\0\0\0\0\0\0two\nlines\nPRIORITY=4\n", 37)));
    for (int i = 0; i < 10000; ++i) // it takes no more at some point, and nobody waits for it
        output.write({{"MESSAGE", "x"}});
    BOOST_TEST(output.lost() > 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(expiry)

namespace {

const auto noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + hours(12);

OwnCertificate ending_in(std::chrono::seconds left) {
    return {"server", "CN=s", "ab", noon - hours(24 * 100), noon + left};
}

} // namespace

BOOST_AUTO_TEST_CASE(validity_has_the_steps_of_30_7_and_1_days) {
    const auto step = [](hours left) { return to_string(validity_of(ending_in(left), noon)); };
    BOOST_TEST(step(hours(31 * 24)) == "good");
    BOOST_TEST(step(hours(30 * 24)) == "ends-in-30-days");
    BOOST_TEST(step(hours(7 * 24)) == "ends-in-7-days");
    BOOST_TEST(step(hours(24)) == "ends-in-1-day");
    BOOST_TEST(step(hours(0)) == "expired");
    BOOST_TEST(to_string(validity_of(ending_in(hours(1)), noon - hours(24 * 101))) == "not-yet-valid");
}

BOOST_AUTO_TEST_CASE(what_to_do_is_said_and_a_wrong_clock_is_called_so) {
    BOOST_TEST(!trouble_with(ending_in(hours(24 * 40)), noon));
    const auto soon = trouble_with(ending_in(hours(24 * 3 + 1)), noon);
    BOOST_TEST(summary(*soon) ==
               "the certificate of this host (server) ends in 3 days: subject CN=s; on 2026-11-24T13:00:00Z");
    BOOST_TEST(trouble_with(ending_in(hours(-1)), noon)->name == "own-certificate-expired");
    const auto early = trouble_with(ending_in(hours(1)), noon - hours(24 * 1000));
    BOOST_TEST(early->name == "own-certificate-not-yet-valid");
    BOOST_TEST(early->what.find("clock is wrong") != std::string::npos);
    BOOST_TEST(early->hint.starts_with("set the clock first"));
}

BOOST_AUTO_TEST_CASE(a_warning_comes_once_a_day_and_when_it_becomes_more_urgent) {
    ExpiryWarnings warnings;
    const auto all = std::vector{ending_in(hours(24 * 8))};
    BOOST_TEST(warnings.due(all, noon).size() == 1u);
    BOOST_TEST(warnings.due(all, noon + hours(1)).empty());
    BOOST_TEST(warnings.due(all, noon + hours(23)).empty());
    BOOST_TEST(warnings.due(all, noon + hours(24)).size() == 1u); // a day, and seven are left
    BOOST_TEST(warnings.due(all, noon + hours(24 * 7 - 2)).size() == 1u);
    BOOST_TEST(warnings.due(all, noon + hours(24 * 7 + 1)).size() ==
               1u); // sooner than a day: less than one is left
    BOOST_TEST(warnings.due(all, noon + hours(24 * 7 + 2)).empty());
    BOOST_TEST(warnings.due(all, noon).size() == 1u); // the clock was put back
    BOOST_TEST(warnings.due({}, noon + hours(1)).empty());
}

BOOST_AUTO_TEST_CASE(the_certificate_of_each_use_is_found) {
    const test::Host host;
    const auto own = own_certificates(*host.snapshot());
    BOOST_TEST_REQUIRE(own.size() == 2u);
    BOOST_TEST(own[0].use == "server");
    BOOST_TEST(own[1].use == "client");
    BOOST_TEST((validity_of(own[0], std::chrono::system_clock::now()) == Validity::ends_in_1_day));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(metrics)

namespace {

AgentState some_state() {
    AgentState state;
    state.version = "0.1.0";
    state.now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);
    state.started = state.now - hours(1);
    Records records;
    records.count_success(Role::server, microseconds(2000));
    records.count_success(Role::server, microseconds(20000));
    records.count_failure(Role::client, system_error(Stage::verify, "ca-not-trusted", "", 0));
    records.count_failure(system_error(Stage::kernel, "accept-failed", "", EIO));
    state.totals = records.totals();
    state.most_in_flight = 1024;
    state.certificates = {{"server", "CN=\"a\\b\"", "ab", state.now, state.now + hours(1)}};
    return state;
}

bool has_line(const std::string &page, const std::string &line) {
    return ("\n" + page).find("\n" + line + "\n") != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_page_has_the_documented_names) {
    const std::string page = metrics_text(some_state());
    for (const char *line :
         {"rpctls_agent_info{version=\"0.1.0\"} 1", "rpctls_handshakes_total{role=\"server\"} 2",
          "rpctls_handshakes_total{role=\"client\"} 0",
          "rpctls_handshake_failures_total{role=\"client\",cause=\"ca-not-trusted\"} 1",
          "rpctls_handshake_failures_total{role=\"\",cause=\"accept-failed\"} 1",
          "rpctls_handshake_duration_seconds_bucket{role=\"server\",le=\"0.002500\"} 1",
          "rpctls_handshake_duration_seconds_bucket{role=\"server\",le=\"+Inf\"} 2",
          "rpctls_handshake_duration_seconds_sum{role=\"server\"} 0.022000",
          "rpctls_handshakes_in_flight_limit 1024", "rpctls_reload_failed 0",
          "# TYPE rpctls_handshake_duration_seconds histogram",
          "rpctls_certificate_not_after_seconds{use=\"server\",subject=\"CN=\\\"a\\\\b\\\"\"} 1795222800"})
        BOOST_TEST(has_line(page, line), line);
    BOOST_TEST(page.ends_with("\n"));
}

BOOST_AUTO_TEST_CASE(the_file_is_replaced_whole_for_all_to_read) {
    const test::TemporaryDirectory folder;
    const auto file = folder / "rpctls.prom";
    test::must(write_metrics(file, "a 1\n"));
    test::must(write_metrics(file, "b 2\n"));
    BOOST_TEST(read_file(file).value() == "b 2\n");
    struct stat status {};
    BOOST_REQUIRE(::stat(file.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0644u);
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
    BOOST_TEST(write_metrics(folder / "none/x.prom", "").error().name == "metrics-unwritable");
}

BOOST_AUTO_TEST_CASE(the_status_keeps_what_programs_read_and_adds_roles_and_latencies) {
    const auto json = status_json(some_state());
    BOOST_TEST(json.at("handshakes") == 2);
    BOOST_TEST(json.at("failures") == 2);
    BOOST_TEST(json.at("in_flight") == 0);
    BOOST_TEST(json.at("uptime_s") == 3600);
    BOOST_TEST(json.at("server").at("latency_ms").at("max") == 20.0);
    BOOST_TEST(json.at("client").at("causes").at("ca-not-trusted") == 1);
    BOOST_TEST(json.at("certificates").at(0).at("validity") == "ends-in-1-day");
    BOOST_TEST(json.at("reload").at("outcome") == "none");
}

BOOST_AUTO_TEST_SUITE_END()
