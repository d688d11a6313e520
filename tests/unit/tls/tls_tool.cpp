// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tls/tls_tool.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

namespace rpctls::test {

namespace {

constexpr int patience_ms = 10'000;

sockaddr_in here(unsigned port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

} // namespace

TlsTool::TlsTool(const TemporaryDirectory &folder, const std::vector<std::string> &command)
    : output_((folder / "printed").string()) {
    int ends[2];
    BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const Fd read_end(ends[0]);
    input_ = Fd(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, read_end.get(), STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    std::vector<char *> arguments;
    for (const std::string &word : command)
        arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    const int failed = ::posix_spawnp(&child_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    BOOST_TEST_REQUIRE(failed == 0, command[0] + " cannot be run: install openssl and gnutls-bin");
}

TlsTool::~TlsTool() {
    if (child_ <= 0)
        return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
}

void TlsTool::type(std::string_view text) const {
    BOOST_TEST(::write(input_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

std::string TlsTool::printed() const {
    std::ifstream file(output_);
    return {std::istreambuf_iterator<char>(file), {}};
}

Listener listen_here() {
    Listener listener{Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}};
    sockaddr_in address = here(0);
    socklen_t size = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    BOOST_TEST_REQUIRE(::bind(listener.fd.get(), generic, size) == 0);
    BOOST_TEST_REQUIRE(::listen(listener.fd.get(), 1) == 0);
    BOOST_TEST_REQUIRE(::getsockname(listener.fd.get(), generic, &size) == 0);
    listener.port = std::to_string(ntohs(address.sin_port));
    return listener;
}

Fd accept_from(const Listener &listener) {
    pollfd ready{listener.fd.get(), POLLIN, 0};
    BOOST_TEST_REQUIRE(::poll(&ready, 1, patience_ms) == 1);
    return Fd(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

std::string free_port() {
    return listen_here().port;
}

Fd connect_to(const std::string &port) {
    const sockaddr_in address = here(static_cast<unsigned>(std::stoul(port)));
    for (int waited = 0; waited < patience_ms; waited += 20) {
        Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0)
            return fd;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return {};
}

} // namespace rpctls::test
