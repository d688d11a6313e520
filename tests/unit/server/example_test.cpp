// SPDX-License-Identifier: LGPL-2.1-or-later
// The sample program as its readers run it: rpcgen's code, the line that changes, and a client and a server of each kind.
#include "tests/unit/server/svc_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

using namespace rpctls::test;

BOOST_AUTO_TEST_SUITE(example)

namespace {

/// What a shell command prints, errors included.
std::string run(const std::string &command) {
    FILE *pipe = ::popen((command + " 2>&1").c_str(), "r");
    BOOST_TEST_REQUIRE((pipe != nullptr));
    std::string text;
    char room[1024];
    while (std::fgets(room, sizeof room, pipe) != nullptr)
        text += room;
    ::pclose(pipe);
    return text;
}

class TallyServer {
public:
    explicit TallyServer(const std::string &arguments, const std::string &name = "tally-server") {
        output_ = ::popen(
            ("exec " BUILD_DIR "/" + name + " 0 " + arguments + " & echo pid $!; wait $!; echo end $?")
                .c_str(),
            "r");
        BOOST_TEST_REQUIRE((output_ != nullptr));
        BOOST_TEST_REQUIRE(std::fscanf(output_, " pid %d port %d", &pid_, &port_) == 2);
    }
    /// Its exit code after SIGTERM.
    int end() {
        int code = -1;
        ::kill(pid_, SIGTERM);
        (void)!std::fscanf(output_, " end %d", &code);
        ::pclose(output_);
        output_ = nullptr;
        return code;
    }
    std::string call(const std::string &arguments, const std::string &client = "tally-client") const {
        return run(BUILD_DIR "/" + client + " " + std::to_string(port_) + " " + arguments);
    }

private:
    FILE *output_ = nullptr;
    int pid_ = 0, port_ = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(the_sample_server_answers_the_sample_client_with_and_without_TLS_on_one_port) {
    const Files files;
    const std::string identity =
        files.path("server.pem") + " " + files.path("server.key") + " " + files.path("ca.pem");
    const std::string trust = " nfs1.example " + files.path("ca.pem");
    const std::string own = " " + files.path("client.pem") + " " + files.path("client.key");
    for (const char *name : {"tally-server", "tally-server-cxx"}) {
        TallyServer server("opportunistic " + identity + " 2>/dev/null", name);
        BOOST_TEST(server.call("2") == "2, in clear\n");
        const std::string anonymous = server.call("3" + trust);
        BOOST_TEST(anonymous.starts_with("5, TLS 1.3, TLS_"), anonymous);
        BOOST_TEST(anonymous.ends_with("client \"\"\n"), anonymous);
        BOOST_TEST(server.call("4" + trust + own).ends_with("client \"CN=client\"\n"));
        const std::string concurrent = server.call("6" + trust + own, "tally-connection");
        BOOST_TEST(concurrent.starts_with("15, TLS 1.3, TLS_"), concurrent);
        BOOST_TEST(concurrent.ends_with("client \"CN=client\"\n"), concurrent);
        BOOST_TEST(server.end() == 0);
    }
}

BOOST_AUTO_TEST_CASE(
    a_sample_server_that_insists_refuses_the_plain_client_and_a_client_without_a_certificate) {
    const Files files;
    const std::string identity =
        files.path("server.pem") + " " + files.path("server.key") + " " + files.path("ca.pem");
    const std::string trust = " nfs1.example " + files.path("ca.pem");
    TallyServer server("mtls " + identity + " 2>/dev/null");
    BOOST_TEST(server.call("2").find("Client credential too weak") != std::string::npos);
    BOOST_TEST(server.call("2" + trust).find("tally-client") == 0u);
    BOOST_TEST(server.call("2" + trust + " " + files.path("client.pem") + " " + files.path("client.key"))
                   .starts_with("2, TLS 1.3"));
    BOOST_TEST(server.end() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
