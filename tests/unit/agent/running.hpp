// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/agent.hpp"

#include "rpc/base/deadline.hpp"
#include "tests/unit/agent/fixture.hpp"

#include <sys/eventfd.h>

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rpctls::test {

using agent::Agent;
using agent::AgentOptions;
using agent::Log;
using agent::LogField;
using agent::Priority;
using agent::RequestSource;
using kernel::AuthMode;
using kernel::MessageType;

/// What the kernel would do, in memory; survives the agent so that the test can look at it.
struct FakeKernel {
    Fd announcements{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::mutex lock;
    std::deque<kernel::HandshakeRequest> waiting;
    std::vector<kernel::HandshakeOutcome> outcomes;
    bool joined = false;
    int refuse_accepts = 0;

    void submit(kernel::HandshakeRequest request) {
        {
            const std::lock_guard hold(lock);
            waiting.push_back(std::move(request));
        }
        ::eventfd_write(announcements.get(), 1);
    }
    std::size_t done() {
        const std::lock_guard hold(lock);
        return outcomes.size();
    }
};

class FakeRequests final : public RequestSource {
public:
    explicit FakeRequests(FakeKernel &fake) : fake_(fake) {}
    Status join() override {
        fake_.joined = true;
        return {};
    }
    void leave() override { fake_.joined = false; }
    int notification_fd() const override { return fake_.announcements.get(); }
    Result<bool> read_notifications() override {
        eventfd_t count = 0;
        return ::eventfd_read(fake_.announcements.get(), &count) == 0;
    }
    Result<std::optional<kernel::HandshakeRequest>> accept() override {
        const std::lock_guard hold(fake_.lock);
        if (fake_.refuse_accepts > 0) {
            --fake_.refuse_accepts;
            return system_error(Stage::kernel, "descriptors-exhausted", "no descriptor", EMFILE);
        }
        if (fake_.waiting.empty())
            return std::optional<kernel::HandshakeRequest>();
        auto first = std::optional(std::move(fake_.waiting.front()));
        fake_.waiting.pop_front();
        return first;
    }
    Status done(kernel::HandshakeRequest, const kernel::HandshakeOutcome &outcome) override {
        const std::lock_guard hold(fake_.lock);
        fake_.outcomes.push_back(outcome);
        return {};
    }

private:
    FakeKernel &fake_;
};

/// An agent in a thread of its own.
class Running {
public:
    explicit Running(
        std::size_t most_in_flight = 100, const std::string &more_settings = "",
        std::function<Status(int)> attach_ktls = [](int) { return Status(); }) {
        if (!more_settings.empty())
            host.write("rpctls.conf", as_bytes(read_file(host.file("rpctls.conf")).value() + more_settings));
        AgentOptions options;
        options.config = host.file("rpctls.conf");
        options.root = host.file("");
        options.runtime_directory = host.file("run");
        options.most_in_flight = most_in_flight;
        options.proof = 4711;
        options.attach_ktls = std::move(attach_ktls);
        agent = std::make_unique<Agent>(options, log, std::make_unique<FakeRequests>(fake), host.snapshot(),
                                        [](int, const tls::Session &) { return Status(); });
        must(agent->start());
        thread = std::thread([this] { agent->run(); });
    }
    ~Running() { stop(); }

    void stop() {
        if (!thread.joinable())
            return;
        agent->stop();
        thread.join();
    }

    template <class Condition>
    bool eventually(Condition condition) {
        const auto deadline = Deadline::after(std::chrono::seconds(10));
        while (!condition() && !deadline.passed())
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return condition();
    }

    kernel::HandshakeRequest request(Fd socket, MessageType type, std::string peer_name = "server.example") {
        kernel::HandshakeRequest request;
        request.socket = std::move(socket);
        request.type = type;
        request.auth_mode = AuthMode::x509;
        request.peer_name = std::move(peer_name);
        return request;
    }

    bool logged(std::string_view words) {
        const std::lock_guard hold(log_lock);
        for (const auto &line : lines)
            if (line.find(words) != std::string::npos)
                return true;
        return false;
    }

    /// Whether a handshake between the two roles of this agent succeeds.
    bool handshake_succeeds() {
        const auto before = fake.done();
        Sockets sockets;
        fake.submit(request(std::move(sockets.ours), MessageType::server_hello, ""));
        fake.submit(request(std::move(sockets.peer), MessageType::client_hello));
        eventually([&] { return fake.done() == before + 2; });
        const std::lock_guard hold(fake.lock);
        return fake.outcomes[before].status == 0 && fake.outcomes[before + 1].status == 0;
    }

    std::filesystem::path socket() const { return host.file("run/agent.sock"); }

    Host host;
    FakeKernel fake;
    std::mutex log_lock;
    std::vector<std::string> lines;
    Log log{[this](Priority, const std::string &message, std::span<const LogField>) {
        const std::lock_guard hold(log_lock);
        lines.push_back(message);
    }};
    std::unique_ptr<Agent> agent;
    std::thread thread;
};

} // namespace rpctls::test
