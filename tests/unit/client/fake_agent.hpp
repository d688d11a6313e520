// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/agent_control.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <mutex>
#include <thread>

namespace rpctls::test {

using client::largest_agent_message;

/// An agent that gives the same answer to whatever it is asked, once for each connection; `none` stays silent.
class FakeAgent {
public:
    FakeAgent(const std::filesystem::path &path, std::optional<std::string> answer)
        : listener_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        BOOST_TEST_REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr *>(&address), sizeof address) ==
                           0);
        BOOST_TEST_REQUIRE(::listen(listener_.get(), 4) == 0);
        thread_ = std::jthread([this, answer = std::move(answer)] {
            for (;;) {
                const Fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
                if (!connection.is_open())
                    return;
                std::string room(largest_agent_message, '\0');
                const auto size = ::recv(connection.get(), room.data(), room.size(), 0);
                {
                    const std::lock_guard lock(mutex_);
                    asked_ = room.substr(0, size > 0 ? static_cast<std::size_t>(size) : 0);
                }
                if (answer) {
                    (void)!::send(connection.get(), answer->data(), answer->size(), MSG_NOSIGNAL);
                    continue;
                }
                (void)!::recv(connection.get(), room.data(), room.size(), 0);
            }
        });
    }
    ~FakeAgent() { ::shutdown(listener_.get(), SHUT_RDWR); }

    std::string asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

private:
    Fd listener_;
    mutable std::mutex mutex_;
    std::string asked_;
    std::jthread thread_;
};

} // namespace rpctls::test
