// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/setup/footprint.hpp"
#include "tlsctl/setup/steps.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/temporary_directory.hpp"
#include "tests/unit/tlsctl/tree.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>

using namespace rpctls;
using namespace rpctls::tlsctl;
using test::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

void write(const fs::path &path, const std::string &text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

/// A step that makes a file.
Step making(const fs::path &path, const std::string &text) {
    Step step;
    step.name = path.filename();
    step.title = "make " + step.name;
    step.files = {path};
    step.look = [=]() -> Result<Standing> {
        const auto present = read_file(path);
        return Standing{present && *present == text ? Standing::Kind::so : Standing::Kind::wanted};
    };
    step.perform = [=]() -> Status {
        if (auto made = make_directory(path.parent_path(), 0755); !made)
            return made;
        return write_file(path, as_bytes(text), 0644);
    };
    return step;
}

Step failing(const std::string &name = "failing") {
    Step step;
    step.name = step.title = name;
    step.look = [] { return Standing{}; };
    step.perform = [] { return Status(Error{Stage::input, "planted", "it failed"}); };
    return step;
}

std::string states(const StepsOutcome &outcome) {
    std::string all;
    for (const StepRecord &record : outcome.records)
        all += (all.empty() ? "" : " ") + std::string(to_string(record.state));
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(setup_steps)

BOOST_AUTO_TEST_CASE(a_second_run_changes_nothing) {
    const TemporaryDirectory root;
    const std::vector<Step> steps{making(root / "a/one", "1"), making(root / "b/two", "2")};
    BOOST_TEST(states(run_steps(steps, false)) == "done done");
    const auto made = test::tree(root.path());
    const auto again = run_steps(steps, false);
    BOOST_TEST(states(again) == "already already");
    BOOST_TEST(!again.changed());
    BOOST_TEST((test::tree(root.path()) == made));
}

BOOST_AUTO_TEST_CASE(a_dry_run_tells_what_it_would_do_and_does_nothing) {
    const TemporaryDirectory root;
    const std::vector<Step> steps{making(root / "a/one", "1"), making(root / "b/two", "2"), failing()};
    BOOST_TEST(states(run_steps({steps[0]}, false)) == "done");
    const auto made = test::tree(root.path());
    const auto dry = run_steps(steps, true);
    BOOST_TEST(states(dry) == "already would would");
    BOOST_TEST(!dry.error.has_value());
    BOOST_TEST((test::tree(root.path()) == made));
    BOOST_TEST(steps_report(dry).text == "  is so already  make one\n  would          make two\n"
                                         "  would          failing\n");
}

BOOST_AUTO_TEST_CASE(a_failure_leaves_the_tree_as_it_was) {
    const TemporaryDirectory root;
    write(root / "etc/old", "old");
    ::chmod((root / "etc/old").c_str(), 0640);
    write(root / "etc/kept/inside", "inside");
    const auto before = test::tree(root.path());
    Step directory = making(root / "etc/kept/inside", "changed");
    directory.files = {root / "etc/kept"};
    directory.perform = [&] {
        write(root / "etc/kept/.lock", "");
        write(root / "etc/kept/more/deep", "");
        write(root / "etc/kept/inside", "changed");
        return Status();
    };
    const auto outcome = run_steps({making(root / "etc/old", "new"), making(root / "etc/rpctls/x/new", "n"),
                                    directory, failing(), making(root / "never", "n")},
                                   false);
    BOOST_TEST(states(outcome) == "undone undone undone failed");
    BOOST_TEST(outcome.error->name == "planted");
    BOOST_TEST((test::tree(root.path()) == before));
    const Report report = steps_report(outcome);
    BOOST_TEST(report.json["changed"] == false);
    BOOST_TEST(report.json["steps"][3]["state"] == "failed");
    BOOST_TEST(report.error->name == "planted");
}

BOOST_AUTO_TEST_CASE(steps_are_undone_in_reverse_and_the_failed_one_too) {
    std::string order;
    std::vector<Step> steps{failing("a"), failing("b"), failing("c")};
    for (Step &step : steps) {
        step.undo = [&order, name = step.name] {
            order += name;
            return Status();
        };
        if (step.name != "c")
            step.perform = [] { return Status(); };
    }
    run_steps(steps, false);
    BOOST_TEST(order == "cba");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_undone_is_told_and_the_rest_is_undone) {
    const TemporaryDirectory root;
    Step stubborn = making(root / "two", "2");
    stubborn.undo = [] { return Status(Error{Stage::kernel, "stuck", "it is stuck"}); };
    const auto outcome = run_steps({making(root / "one", "1"), stubborn, failing()}, false);
    BOOST_TEST(states(outcome) == "undone not-undone failed");
    BOOST_TEST(outcome.records[1].detail == "it is stuck");
    BOOST_TEST(outcome.error->name == "planted");
    BOOST_TEST(test::tree(root.path()).empty());
}

BOOST_AUTO_TEST_CASE(what_a_person_must_do_is_left_and_stops_nothing) {
    const TemporaryDirectory root;
    Step units = failing("units");
    units.look = [] { return Standing{Standing::Kind::left, "no systemd runs here"}; };
    const auto outcome = run_steps({units, making(root / "one", "1")}, false);
    BOOST_TEST(states(outcome) == "left done");
    BOOST_TEST(steps_report(outcome).text ==
               "  left to you    units: no systemd runs here\n  done           make one\n");
}

BOOST_AUTO_TEST_CASE(an_interrupt_waits_for_the_step_and_undoes_it_with_the_rest) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        const TemporaryDirectory root;
        Step interrupted = making(root / "two", "2");
        interrupted.perform = [&, perform = interrupted.perform] {
            ::raise(signal);
            const Status made = perform();
            BOOST_TEST(fs::exists(root / "two")); // the step has gone to its end
            return made;
        };
        const auto outcome =
            run_steps({making(root / "one", "1"), interrupted, making(root / "three", "3")}, false);
        BOOST_TEST(states(outcome) == "undone undone");
        BOOST_TEST(outcome.error->name == "interrupted");
        BOOST_TEST(test::tree(root.path()).empty());
    }
    sigset_t now;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
    BOOST_TEST(::sigismember(&now, SIGINT) == 0); // and ends programs again
}

BOOST_AUTO_TEST_CASE(a_footprint_restores_only_what_has_changed) {
    const TemporaryDirectory root;
    write(root / "d/same", "same");
    write(root / "d/changed", "before");
    write(root / "d/gone", "gone");
    fs::create_symlink("same", root / "d/link");
    const auto before = test::tree(root.path());
    const auto footprint = Footprint::of(std::vector<fs::path>{root / "d", root / "x/y/z"});
    BOOST_TEST_REQUIRE(footprint.has_value());
    struct stat same_before {
    }, same_after{};
    ::stat((root / "d/same").c_str(), &same_before);
    write(root / "d/changed", "after");
    fs::remove(root / "d/gone");
    write(root / "d/new", "new");
    write(root / "x/y/z", "z");
    BOOST_TEST(footprint->restore().has_value());
    BOOST_TEST((test::tree(root.path()) == before));
    ::stat((root / "d/same").c_str(), &same_after);
    BOOST_TEST(same_before.st_ino == same_after.st_ino);
    // What others have put beside a new file stays.
    write(root / "x/y/z", "z");
    write(root / "x/theirs", "t");
    BOOST_TEST(footprint->restore().has_value());
    BOOST_TEST(fs::exists(root / "x/theirs"));
    BOOST_TEST(!fs::exists(root / "x/y"));
}

BOOST_AUTO_TEST_CASE(a_footprint_has_bounds) {
    const TemporaryDirectory root;
    for (std::size_t i = 0; i <= Footprint::most_files; ++i)
        write(root / ("d/" + std::to_string(i)), "");
    BOOST_TEST(Footprint::of(std::vector<fs::path>{root / "d"}).error().name == "too-much-to-keep");
}

BOOST_AUTO_TEST_SUITE_END()
