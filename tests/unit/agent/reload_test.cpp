// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/agent/running.hpp"

#include "agent/reload.hpp"
#include "agent/watched_files.hpp"

#include "rpc/client/agent_control.hpp"
#include "rpc/keys/identity.hpp"

#include <boost/test/unit_test.hpp>

#include <nlohmann/json.hpp>

#include <signal.h>

using namespace rpctls;
using namespace rpctls::agent;
using test::Running;

namespace {

nlohmann::json reload_state(const Running &running) {
    auto control = client::AgentControl::connect(running.socket());
    test::must(control ? Status() : Status(control.error()));
    auto report = control->report();
    test::must(report ? Status() : Status(report.error()));
    return report->at("reload");
}

std::uint64_t successes(const Running &running) {
    return reload_state(running).at("successes");
}
std::uint64_t failures(const Running &running) {
    return reload_state(running).at("failures");
}

/// A quiet agent: what it reads anew because the files were made only now has been read.
void settle(Running &running) {
    std::this_thread::sleep_for(FileWatch::quiet + std::chrono::milliseconds(200));
    running.eventually([&] { return !reload_state(running).at("running"); });
}

std::string text_of(const Running &running, const char *name) {
    return read_file(running.host.file(name)).value();
}

const std::string only_client = "[authenticate.client]\nx509.truststore=";

} // namespace

BOOST_AUTO_TEST_SUITE(reload)

BOOST_AUTO_TEST_CASE(on_sighup_new_settings_are_taken_and_the_old_kept_when_they_are_bad) {
    Running running;
    settle(running);
    running.host.write("server.key", as_bytes("no key at all"));
    ::kill(::getpid(), SIGHUP);
    BOOST_TEST(running.eventually([&] { return failures(running) >= 1; }));
    BOOST_TEST(running.logged("keeping the old settings"));
    BOOST_TEST(running.handshake_succeeds());

    const auto before = successes(running);
    std::filesystem::remove(running.host.file("server.key"));
    running.host.write("rpctls.conf", as_bytes(only_client + running.host.file("ca.pem").string() + "\n"));
    ::kill(::getpid(), SIGHUP);
    BOOST_TEST(running.eventually([&] { return successes(running) > before; }));
    BOOST_TEST(!running.handshake_succeeds());
}

BOOST_AUTO_TEST_CASE(a_changed_file_is_taken_up_without_a_signal) {
    Running running;
    settle(running);
    const auto before = successes(running);
    running.host.write("rpctls.conf", as_bytes(only_client + running.host.file("ca.pem").string() + "\n"));
    BOOST_TEST(running.eventually([&] { return successes(running) > before; }));
    BOOST_TEST(!running.handshake_succeeds());
}

BOOST_AUTO_TEST_CASE(an_update_in_two_halves_ends_with_the_new_state_and_never_a_mismatched_pair) {
    Running running;
    settle(running);
    const std::string key = text_of(running, "server.key");
    const auto failed = failures(running);
    running.host.write("server.key", as_bytes(text_of(running, "client.key")));
    BOOST_TEST(running.eventually([&] { return failures(running) > failed; }));
    BOOST_TEST(reload_state(running).at("failure").at("name") == "key-mismatch");
    BOOST_TEST(running.handshake_succeeds());
    const auto before = successes(running);
    running.host.write("server.key", as_bytes(key));
    BOOST_TEST(running.eventually([&] { return successes(running) > before; }));
    BOOST_TEST(reload_state(running).at("failure").is_null());
    BOOST_TEST(running.handshake_succeeds());
}

BOOST_AUTO_TEST_CASE(settings_that_name_a_file_which_comes_later_are_taken_up_when_it_comes) {
    Running running;
    settle(running);
    const auto failed = failures(running);
    const auto later = running.host.file("pki/new-ca.pem");
    running.host.write("rpctls.conf", as_bytes(only_client + later.string() + "\n"));
    BOOST_TEST(running.eventually([&] { return failures(running) > failed; }));
    const auto before = successes(running);
    std::filesystem::create_directory(later.parent_path());
    running.host.write("pki/new-ca.pem", as_bytes(text_of(running, "ca.pem")));
    BOOST_TEST(running.eventually([&] { return successes(running) > before; }));
}

BOOST_AUTO_TEST_CASE(trust_that_tlsctl_keeps_is_taken_up_when_it_comes_and_when_it_changes) {
    Running running;
    settle(running);
    const auto after = [&](auto change) {
        const auto before = successes(running);
        change();
        return running.eventually([&] { return successes(running) > before; });
    };
    std::string settings = text_of(running, "rpctls.conf");
    for (const std::string line = "x509.truststore="; settings.find(line) != std::string::npos;)
        settings.replace(settings.find(line), line.size(), "#");
    BOOST_TEST(after([&] { running.host.write("rpctls.conf", as_bytes(settings)); }));
    BOOST_TEST(!running.handshake_succeeds()); // the system knows no CA of ours
    BOOST_TEST(after([&] {
        std::filesystem::create_directories(running.host.file("etc/rpctls/trust"));
        running.host.write("etc/rpctls/trust/server.pem", as_bytes(text_of(running, "ca.pem")));
        running.host.write("etc/rpctls/trust/client.pem", as_bytes(text_of(running, "ca.pem")));
    }));
    BOOST_TEST(running.handshake_succeeds());
    BOOST_TEST(
        after([&] { running.host.write("etc/rpctls/trust/client.pem", as_bytes("# trust: nobody\n")); }));
    BOOST_TEST(!running.handshake_succeeds());
}

BOOST_AUTO_TEST_CASE(what_stays_broken_is_logged_once) {
    Running running;
    settle(running);
    const auto failed = failures(running);
    running.host.write("server.key", as_bytes("no key at all"));
    BOOST_TEST(running.eventually([&] { return failures(running) == failed + 1; }));
    running.host.write("server.key", as_bytes("no key at all!"));
    BOOST_TEST(running.eventually([&] { return failures(running) == failed + 2; }));
    const std::lock_guard hold(running.log_lock);
    BOOST_TEST(std::count_if(running.lines.begin(), running.lines.end(), [](const std::string &line) {
                   return line.find("keeping the old settings") != std::string::npos;
               }) == 1);
}

BOOST_AUTO_TEST_CASE(of_many_requests_at_once_none_is_lost_and_the_last_state_counts) {
    Running running;
    settle(running);
    const std::string good = text_of(running, "rpctls.conf");
    for (int i = 0; i < 20; ++i) {
        running.host.write("rpctls.conf", as_bytes("[authenticate.client]\nalpn=nonsense\n"));
        ::kill(::getpid(), SIGHUP);
        running.host.write("rpctls.conf", as_bytes(good));
        ::kill(::getpid(), SIGHUP);
        BOOST_TEST_REQUIRE(running.eventually([&] {
            const auto state = reload_state(running);
            return !state.at("running").get<bool>() && state.at("outcome") == "ok";
        }));
    }
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_while_a_reload_runs_is_done_once_more_afterwards) {
    ReloadState state;
    BOOST_TEST(state.begin(ReloadReason::files_changed));
    BOOST_TEST(!state.begin(ReloadReason::asked));
    BOOST_TEST(!state.begin(ReloadReason::files_changed));
    BOOST_TEST(!state.end({}));
    const auto next = state.next();
    BOOST_TEST_REQUIRE(next.has_value());
    BOOST_TEST((*next == ReloadReason::asked));
    BOOST_TEST(!state.next());
    BOOST_TEST(state.begin(*next));
    BOOST_TEST(state.end(system_error(Stage::config, "config-value", "x", 0)));
    BOOST_TEST(state.successes() == 1u);
    BOOST_TEST(state.failures() == 1u);
    BOOST_TEST(state.begin(ReloadReason::files_changed));
    BOOST_TEST(!state.end(system_error(Stage::config, "config-value", "x", 0)));
    BOOST_TEST(state.begin(ReloadReason::asked));
    BOOST_TEST(state.end(system_error(Stage::config, "config-value", "x", 0)));
}

BOOST_AUTO_TEST_CASE(an_identity_chosen_while_files_are_read_anew_is_known_afterwards) {
    Running running;
    settle(running);
    const auto text = [&](const char *name) { return text_of(running, name); };
    const keys::IdentityStore store(running.host.file(""));
    auto control = client::AgentControl::connect(running.socket());
    for (int i = 0; i < 3; ++i) {
        const std::string name = "laptop-" + std::to_string(i);
        test::must(store.add({name, text("client.pem"), Secret(as_bytes(text("client.key")))}));
        ::kill(::getpid(), SIGHUP);
        test::must(control->use_identity("server-" + std::to_string(i) + ".example", name));
        settle(running);
        // Known: a broken one is a failure. Unknown ones that are broken concern their own mounts only.
        const auto failed = failures(running);
        test::must(write_file(store.directory() / name / "key.pem", as_bytes(text("server.key")), 0600));
        BOOST_TEST(running.eventually([&] { return failures(running) > failed; }));
        test::must(write_file(store.directory() / name / "key.pem", as_bytes(text("client.key")), 0600));
        settle(running);
    }
}

BOOST_AUTO_TEST_CASE(a_renewed_identity_of_a_mount_is_taken_up_and_a_broken_one_is_not) {
    Running running;
    const auto text = [&](const char *name) { return text_of(running, name); };
    const keys::IdentityStore store(running.host.file(""));
    test::must(store.add({"laptop", text("client.pem"), Secret(as_bytes(text("client.key")))}));
    auto control = client::AgentControl::connect(running.socket());
    test::must(control->use_identity("server.example", "laptop"));
    settle(running);
    const auto failed = failures(running);
    test::must(write_file(store.directory() / "laptop/key.pem", as_bytes(text("server.key")), 0600));
    BOOST_TEST(running.eventually([&] { return failures(running) > failed; }));
    BOOST_TEST(running.handshake_succeeds());
    const auto before = successes(running);
    test::must(store.remove("laptop"));
    test::must(store.add({"laptop", text("client.pem"), Secret(as_bytes(text("client.key")))}));
    BOOST_TEST(running.eventually([&] { return successes(running) > before; }));
    BOOST_TEST(running.handshake_succeeds());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(watch_points_of_paths)

BOOST_AUTO_TEST_CASE(every_step_and_every_link_on_the_way_is_watched) {
    const test::TemporaryDirectory folder;
    std::filesystem::create_directories(folder / "archive");
    std::filesystem::create_directories(folder / "live");
    test::must(write_file(folder / "archive/cert1.pem", {}, 0600));
    std::filesystem::create_symlink("../archive/cert1.pem", folder / "live/cert.pem");
    const auto points = watch_points({folder / "live/cert.pem"});
    BOOST_TEST(points.at(folder / "live").contains("cert.pem"));
    BOOST_TEST(points.at(folder / "archive").contains("cert1.pem"));
    BOOST_TEST(points.at(folder.path()).contains("archive"));
    BOOST_TEST(points.at(folder.path()).contains("live"));
    BOOST_TEST(points.at("/").contains(folder.path().relative_path().begin()->string()));
}

BOOST_AUTO_TEST_CASE(what_does_not_exist_is_awaited_where_it_would_begin) {
    const test::TemporaryDirectory folder;
    const auto points = watch_points({folder / "pki/ca.pem"});
    BOOST_TEST(points.at(folder.path()).contains("pki"));
    BOOST_TEST(!points.contains(folder / "pki"));
}

BOOST_AUTO_TEST_CASE(a_link_that_leads_to_itself_comes_to_an_end) {
    const test::TemporaryDirectory folder;
    std::filesystem::create_symlink("loop", folder / "loop");
    BOOST_TEST(watch_points({folder / "loop/ca.pem"}).at(folder.path()).contains("loop"));
}

BOOST_AUTO_TEST_SUITE_END()
