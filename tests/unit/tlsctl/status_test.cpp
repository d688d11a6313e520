// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tlsctl/run.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/client/agent_socket.hpp"
#include "tlsctl/health/status_transports.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <fstream>
#include <thread>

using namespace rpctls;
using nlohmann::json;

namespace {

/// Answers one question on the control socket, whatever it is.
class OneAnswer {
public:
    OneAnswer(const test::System &system, std::string answer)
        : socket_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
        std::filesystem::create_directories(system.path("run/rpctls"));
        const std::string path = system.path("run/rpctls/agent.sock");
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        BOOST_REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) ==
                      0);
        BOOST_REQUIRE(::listen(socket_.get(), 1) == 0);
        thread_ = std::thread([this, answer = std::move(answer)] {
            const Fd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            char room[4096];
            (void)!::recv(client.get(), room, sizeof room, 0);
            (void)!::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        });
    }
    ~OneAnswer() {
        ::shutdown(socket_.get(), SHUT_RDWR);
        thread_.join();
    }

private:
    Fd socket_;
    std::thread thread_;
};

json well() {
    return json::parse(
        R"({"ok":true,"version":"0.1.0","pid":7,"uptime_s":3700,"handshakes":3,"failures":2,"rejected":0,
        "in_flight":1,"most_in_flight":1024,"configuration":"/etc/rpctls/rpctls.conf","causes":{"ca-not-trusted":2},
        "client":{"handshakes":0,"failures":2,"latency_ms":{"p50":0.0,"p90":0.0,"p99":0.0,"max":0.0}},
        "server":{"handshakes":3,"failures":0,"latency_ms":{"p50":1.25,"p90":2.0,"p99":2.5,"max":3.0}},
        "faults":[],"workers_stuck":false,"reload":{"outcome":"none","at":null,"failure":null},
        "certificates":[{"use":"server","subject":"CN=s","not_before":"a","not_after":"b","validity":"ends-in-30-days"}]})");
}

test::Outcome status(const json &answer, bool as_json = false) {
    const test::System system;
    const OneAnswer agent(system, answer.dump());
    return as_json ? system.run({"status", "--json"}) : system.run({"status"});
}

} // namespace

BOOST_AUTO_TEST_SUITE(status_command)

BOOST_AUTO_TEST_CASE(an_agent_that_is_well_is_0_whatever_its_peers_did) {
    const auto outcome = status(well());
    BOOST_TEST(outcome.exit == 0);
    for (const char *words : {"rpctlsd 0.1.0, process 7, up 1 h 1 min", "1 of at most 1024", "ca-not-trusted",
                              "1.2", "all is well", "not since the start"})
        BOOST_TEST(outcome.out.find(words) != std::string::npos, words);
    const auto machine = status(well(), true);
    BOOST_TEST(machine.exit == 0);
    BOOST_TEST(machine.json().at("well") == true);
    BOOST_TEST(machine.json().at("agent").at("server").at("latency_ms").at("p99") == 2.5);
}

BOOST_AUTO_TEST_CASE(what_needs_a_person_is_1_and_said) {
    const json error = {
        {"stage", "input"},       {"name", "key-mismatch"},   {"what", "the key is another's"},
        {"facts", json::array()}, {"hint", "issue it again"}, {"errno", 0}};
    json reload = well();
    reload["reload"] = {{"outcome", "failed"}, {"at", "2026-11-21T00:00:00Z"}, {"failure", error}};
    auto outcome = status(reload);
    BOOST_TEST(outcome.exit == 1);
    BOOST_TEST(outcome.out.find("the last reload failed, older settings are in use: the key is another's") !=
               std::string::npos);
    BOOST_TEST(outcome.out.find("hint: issue it again") != std::string::npos);
    json fault = well();
    fault["faults"].push_back(error);
    BOOST_TEST(status(fault).exit == 1);
    json stuck = well();
    stuck["workers_stuck"] = true;
    BOOST_TEST(status(stuck, true).json().at("well") == false);
    for (const char *validity : {"expired", "not-yet-valid", "ends-in-1-day", "ends-in-7-days"}) {
        json ending = well();
        ending["certificates"][0]["validity"] = validity;
        BOOST_TEST(status(ending).exit == 1, validity);
    }
}

BOOST_AUTO_TEST_CASE(without_an_agent_it_is_3) {
    const test::System system;
    const auto outcome = system.run({"status"});
    BOOST_TEST(outcome.exit == 3);
    BOOST_TEST(outcome.err.find("no agent listens on") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_an_agent_the_rest_is_shown_all_the_same) {
    const test::System system;
    BOOST_TEST_REQUIRE(system.run({"ca", "init"}).exit == 0);
    BOOST_TEST_REQUIRE(system.run({"cert", "issue", "soon", "--profile", "client", "--days", "3"}).exit == 0);
    BOOST_TEST_REQUIRE(
        system
            .run({"identity", "add", "soon", "--cert", system.path("etc/rpctls/certs/soon.pem"), "--key",
                  system.path("etc/rpctls/certs/soon.key")})
            .exit == 0);
    const auto outcome = system.run({"status", "--json"});
    BOOST_TEST(outcome.exit == 3);
    BOOST_TEST(outcome.json().at("identities").at(0).at("name") == "soon");
    BOOST_TEST(outcome.json().at("identities").at(0).at("days_left") == 3);
    BOOST_TEST(outcome.json().at("attention").at(0).at("name") == "certificate-ends-soon");
    BOOST_TEST(outcome.json().at("well") == false);
}

BOOST_AUTO_TEST_CASE(connections_are_sorted_to_mounts_and_to_clients) {
    const auto mounts =
        kernel::parse_mountinfo("31 1 0:40 / /a rw - nfs4 nfs1:/a rw,vers=4.2,xprtsec=mtls,addr=192.0.2.7\n"
                                "32 1 0:41 / /b rw - nfs nfs2:/b rw,vers=3,port=20049,addr=2001:db8::7\n"
                                "33 1 0:42 / /c rw - ext4 /dev/vda rw\n");
    const std::optional<kernel::SocketTls> tls = kernel::SocketTls{"TLS 1.3", "AES-256-GCM"};
    const std::vector<kernel::TcpConnection> connections = {
        {"192.0.2.9", "192.0.2.7", 700, 2049, tls},  {"192.0.2.9", "192.0.2.7", 701, 2049, tls},
        {"::1", "2001:db8::7", 702, 20049, {}},      {"192.0.2.9", "192.0.2.7", 703, 22, {}},
        {"192.0.2.9", "192.0.2.33", 2049, 800, tls}, {"192.0.2.9", "192.0.2.33", 2049, 801, {}}};
    const auto found = tlsctl::sort_transports(mounts, connections, 8);
    BOOST_TEST_REQUIRE(found.mounts.size() == 2u);
    BOOST_TEST(found.mounts[0].xprtsec == "mtls");
    BOOST_TEST((found.mounts[0].connections == tlsctl::Protections{{"TLS 1.3 AES-256-GCM", 2}}));
    BOOST_TEST(found.mounts[1].xprtsec == "none");
    BOOST_TEST((found.mounts[1].connections == tlsctl::Protections{{"in clear", 1}}));
    BOOST_TEST(
        (found.clients.at("192.0.2.33") == tlsctl::Protections{{"TLS 1.3 AES-256-GCM", 1}, {"in clear", 1}}));
    BOOST_TEST(tlsctl::sort_transports(mounts, connections, 0).clients.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_shape_is_shown_as_far_as_it_goes) {
    BOOST_TEST(status({{"ok", true}}).exit == 0);
    const auto odd = status({{"ok", true},
                             {"version", {{"a", "\x1b[31m"}}},
                             {"causes", 7},
                             {"certificates", {1, "x"}},
                             {"faults", {{{"stage", 1}}}},
                             {"uptime_s", -1},
                             {"reload", "x"}});
    BOOST_TEST(odd.exit == 0);
    BOOST_TEST(odd.out.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(agent_socket)

BOOST_AUTO_TEST_CASE(the_instance_of_a_named_namespace_goes_before_the_usual_one) {
    const test::TemporaryDirectory folder;
    const auto touch = [&](const std::string &name) {
        std::filesystem::create_directories((folder / name).parent_path());
        std::ofstream(folder / name) << "x";
    };
    const auto usual = folder / "run/rpctls/agent.sock";
    BOOST_TEST(client::agent_socket(folder.path(), folder / "self") == usual);
    touch("self");
    touch("run/netns/other");
    BOOST_TEST(client::agent_socket(folder.path(), folder / "self") == usual);
    std::filesystem::create_hard_link(folder / "self",
                                      folder / "run/netns/lab"); // the same inode, as a bind mount has
    BOOST_TEST(client::agent_socket(folder.path(), folder / "self") == usual);
    touch("run/rpctls-netns/lab/agent.sock");
    BOOST_TEST(client::agent_socket(folder.path(), folder / "self") ==
               folder / "run/rpctls-netns/lab/agent.sock");
}

BOOST_AUTO_TEST_SUITE_END()
