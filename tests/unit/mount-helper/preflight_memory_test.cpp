// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/preflight_memory.hpp"

#include "rpc/base/file.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

using namespace rpctls;
using namespace rpctls::mount_helper;
using namespace std::chrono_literals;

namespace {

Remembered good(const std::string &about = "2049 4") {
    Remembered remembered;
    remembered.about = about;
    remembered.addresses = {"192.0.2.7", "2001:db8::7"};
    remembered.address = "2001:db8::7";
    remembered.null_call_answered = true;
    remembered.certificate_requested = true;
    remembered.identity = "lab";
    remembered.serials = keys::IdentitySerials{17, 4711};
    return remembered;
}

Remembered bad() {
    Remembered remembered;
    remembered.about = "2049 4";
    remembered.addresses = {"192.0.2.7"};
    remembered.failure = Error{
        Stage::connect, "connection-refused", "nothing listens there", {{"server", "nfs1"}}, "start it"};
    return remembered;
}

Remembered told(const std::string &about, const std::string &identity) {
    auto remembered = good(about);
    remembered.told = identity;
    return remembered;
}

struct Turns {
    test::TemporaryDirectory directory;

    std::optional<PreflightTurn> take(std::chrono::milliseconds patience = 2s,
                                      std::string_view server = "nfs1") const {
        return PreflightTurn::take(server, patience, directory / "turns");
    }
    std::optional<Remembered> see(std::string_view about, std::chrono::milliseconds patience = 2s) const {
        return PreflightTurn::seen("nfs1", about, patience, directory / "turns");
    }
    PreflightTurn must_take() const {
        auto turn = take();
        BOOST_TEST_REQUIRE(turn.has_value());
        return std::move(*turn);
    }
    static void pass_on(PreflightTurn turn, std::optional<Remembered> remembered,
                        const std::optional<std::string> &told) {
        turn.note(std::move(remembered), told);
    }
    std::size_t files() const {
        std::error_code none;
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(directory / "turns", none), {}));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(preflight_memory)

BOOST_AUTO_TEST_CASE(what_is_remembered_comes_back_as_it_was) {
    const auto all = remembered_from(to_text({{told("2049 4", "lab"), 123ns}, {bad(), 7ns}}));
    BOOST_TEST_REQUIRE(all.size() == 2u);
    BOOST_TEST((all[0].at == 123ns));
    const auto &same = all[0].remembered;
    BOOST_TEST(same.about == "2049 4");
    BOOST_TEST(same.addresses == good().addresses, boost::test_tools::per_element());
    BOOST_TEST(same.address == "2001:db8::7");
    BOOST_TEST(same.null_call_answered);
    BOOST_TEST(same.certificate_requested);
    BOOST_TEST(same.identity.value_or("") == "lab");
    BOOST_TEST(same.told.value_or("") == "lab");
    BOOST_TEST_REQUIRE(same.serials.has_value());
    BOOST_TEST(same.serials->certificate == 17);
    BOOST_TEST(same.serials->private_key == 4711);
    BOOST_TEST(!same.failure);
    BOOST_TEST_REQUIRE(all[1].remembered.failure.has_value());
    BOOST_TEST(all[1].remembered.failure->name == "connection-refused");
    BOOST_TEST(all[1].remembered.failure->hint == "start it");
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_nothing) {
    const std::string whole = to_text({{good(), 1ns}});
    for (std::size_t size = 0; size + 2 < whole.size(); ++size)
        BOOST_TEST(remembered_from(whole.substr(0, size)).empty());
    const std::string sound =
        R"("about":"a","addresses":[],"address":"a","null_call_answered":true,"certificate_requested":true)";
    BOOST_TEST(remembered_from("[{\"at\":1," + sound + "}]").size() == 1u);
    for (const std::string &text :
         {std::string("[]"), std::string("{}"), std::string("7"), std::string("[7]"),
          "{\"at\":1," + sound + "}", "[{\"at\":\"1\"," + sound + "}]",
          "[{\"at\":1,\"serials\":[1]," + sound + "}]", "[{\"at\":1,\"serials\":[1,-2]," + sound + "}]",
          "[{\"at\":1,\"failure\":7," + sound + "}]",
          std::string("[{\"at\":1,\"about\":\"a\",\"addresses\":[1]}]")})
        BOOST_TEST(remembered_from(text).empty());
}

BOOST_AUTO_TEST_CASE(a_success_speaks_for_ten_seconds_and_a_failure_for_those_that_waited) {
    BOOST_TEST(still_speaks({good(), 100s}, 105s, 106s));
    BOOST_TEST(still_speaks({good(), 100s}, 105s, 110s));
    BOOST_TEST(!still_speaks({good(), 100s}, 105s, 111s));
    BOOST_TEST(still_speaks({good(), 100s}, 99s, 130s)); // waited for, however long
    BOOST_TEST(!still_speaks({bad(), 100s}, 101s, 102s));
    BOOST_TEST(still_speaks({bad(), 100s}, 99s, 102s));
    BOOST_TEST(!still_speaks({good(), 100s}, 50s, 60s)); // from the time to come
}

BOOST_AUTO_TEST_CASE(what_another_identity_was_told_for_holds_no_more) {
    auto all = grown({}, Dated{told("mtls lab", "lab"), 1s}, "lab");
    all = grown(std::move(all), Dated{good("tls"), 2s}, std::nullopt);
    BOOST_TEST(all.size() == 2u);
    all = grown(std::move(all), Dated{told("mtls second", "second"), 3s}, "second");
    BOOST_TEST_REQUIRE(all.size() == 2u);
    BOOST_TEST(all[0].remembered.about == "mtls second");
    BOOST_TEST(all[1].remembered.about == "tls");
    all = grown(std::move(all), std::nullopt, "lab"); // told by a mount that examined nothing
    BOOST_TEST_REQUIRE(all.size() == 1u);
    BOOST_TEST(all[0].remembered.about == "tls");
    for (int i = 0; i < 50; ++i)
        all = grown(std::move(all), Dated{good("tls " + std::to_string(i)), 4s}, std::nullopt);
    BOOST_TEST(all.size() == 8u);
}

BOOST_AUTO_TEST_CASE(the_next_mount_finds_what_went_well) {
    const Turns turns;
    auto first = turns.must_take();
    BOOST_TEST(!first.found("2049 4"));
    struct stat status {};
    BOOST_TEST_REQUIRE(::stat((turns.directory / "turns").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777) == 0700u);
    Turns::pass_on(std::move(first), good(), std::nullopt);
    const auto second = turns.must_take();
    const auto found = second.found("2049 4");
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(found->address == "2001:db8::7");
    BOOST_TEST(!second.found("2049 3"));
    const auto other = turns.take(2s, "nfs2");
    BOOST_TEST_REQUIRE(other.has_value());
    BOOST_TEST(!other->found("2049 4"));
}

BOOST_AUTO_TEST_CASE(a_failure_is_for_those_that_wait_and_leaves_no_file) {
    const Turns turns;
    auto first = turns.must_take();
    std::atomic<int> heard = 0;
    std::atomic<bool> begun = false;
    std::thread waiter([&] {
        begun = true;
        const auto turn = turns.take(10s);
        const auto found = turn ? turn->found("2049 4") : std::nullopt;
        if (found && found->failure)
            ++heard;
    });
    while (!begun)
        std::this_thread::yield();
    std::this_thread::sleep_for(100ms);
    Turns::pass_on(std::move(first), bad(), std::nullopt);
    waiter.join();
    BOOST_TEST(heard == 1);
    BOOST_TEST(turns.files() == 0u);
    BOOST_TEST(!turns.must_take().found("2049 4"));
}

BOOST_AUTO_TEST_CASE(what_was_found_is_seen_side_by_side_and_without_a_turn) {
    const Turns turns;
    BOOST_TEST(!turns.see("2049 4"));
    Turns::pass_on(turns.must_take(), good(), std::nullopt);
    BOOST_TEST_REQUIRE(turns.see("2049 4").has_value());
    BOOST_TEST(turns.see("2049 4")->address == "2001:db8::7");
    BOOST_TEST(!turns.see("2049 3"));
    // One reader does not keep another one waiting.
    const Fd reader(::open((turns.directory / "turns/nfs1").c_str(), O_RDONLY | O_CLOEXEC));
    BOOST_TEST_REQUIRE(::flock(reader.get(), LOCK_SH) == 0);
    BOOST_TEST(turns.see("2049 4", 0ms).has_value());
    BOOST_TEST(!turns.take(10ms).has_value());
}

BOOST_AUTO_TEST_CASE(who_only_wants_to_see_waits_for_the_turn_under_way) {
    const Turns turns;
    auto turn = turns.must_take();
    BOOST_TEST(!turns.see("2049 4", 10ms));
    std::optional<Remembered> found;
    std::atomic<bool> waits{false};
    std::thread waiting([&] {
        waits = true;
        found = turns.see("2049 4");
    });
    while (!waits)
        std::this_thread::yield();
    std::this_thread::sleep_for(20ms);
    Turns::pass_on(std::move(turn), bad(), std::nullopt);
    waiting.join();
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(found->failure.has_value());
    BOOST_TEST(!turns.see("2049 4"));
}

BOOST_AUTO_TEST_CASE(what_is_noted_is_for_the_others_when_the_turn_ends) {
    const Turns turns;
    {
        auto turn = turns.must_take();
        turn.note(good(), std::nullopt);
        BOOST_TEST(!turns.see("2049 4", 10ms));
        BOOST_TEST(!turns.take(10ms));
    }
    BOOST_TEST(turns.see("2049 4", 0ms).has_value());
}

BOOST_AUTO_TEST_CASE(patience_has_an_end) {
    const Turns turns;
    const auto first = turns.must_take();
    BOOST_TEST(!turns.take(0ms));
    BOOST_TEST(!turns.take(50ms));
}

BOOST_AUTO_TEST_CASE(a_turn_that_comes_to_nothing_leaves_no_file) {
    const Turns turns;
    Turns::pass_on(turns.must_take(), std::nullopt, std::nullopt);
    BOOST_TEST(turns.files() == 0u);
}

BOOST_AUTO_TEST_CASE(who_told_the_agent_without_a_turn_makes_all_be_forgotten) {
    const Turns turns;
    Turns::pass_on(turns.must_take(), told("2049 4", "lab"), "lab");
    forget_preflights("nfs1", turns.directory / "turns");
    BOOST_TEST(!turns.must_take().found("2049 4"));
}

BOOST_AUTO_TEST_CASE(a_half_written_file_is_no_answer) {
    const Turns turns;
    Turns::pass_on(turns.must_take(), good(), std::nullopt);
    for (const auto &entry : std::filesystem::directory_iterator(turns.directory / "turns"))
        std::filesystem::resize_file(entry.path(), 20);
    BOOST_TEST(!turns.must_take().found("2049 4"));
}

BOOST_AUTO_TEST_SUITE_END()
