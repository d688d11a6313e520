// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The agent without a kernel that asks: requests are put into its queue over socket pairs, so that its own cost shows
// beside that of a bare GnuTLS server with credentials loaded once, doing the same for the same clients.
//
// usage: bench_agent_native [HANDSHAKES]
#include "agent/agent.hpp"

#include "tests/unit/agent/fixture.hpp"

#include <gnutls/gnutls.h>

#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace rpctls;

namespace {

double cpu(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// Both ends of a handshake block; only what each thread computes is counted.
void complete(tls::Session &session, int fd) {
    for (;;) {
        const auto progress = session.handshake();
        if (!progress)
            throw std::runtime_error(summary(progress.error()));
        if (*progress == tls::Session::Progress::done)
            return;
        pollfd ready{
            fd, static_cast<short>(*progress == tls::Session::Progress::want_read ? POLLIN : POLLOUT), 0};
        (void)::poll(&ready, 1, -1);
    }
}

/// Requests from memory.
class Queue final : public agent::RequestSource {
public:
    void submit(Fd socket) {
        kernel::HandshakeRequest request;
        request.socket = std::move(socket);
        request.type = kernel::MessageType::server_hello;
        request.auth_mode = kernel::AuthMode::x509;
        request.timeout = std::chrono::seconds(60);
        {
            const std::lock_guard hold(lock_);
            waiting_.push_back(std::move(request));
        }
        ::eventfd_write(announcements_.get(), 1);
    }
    Status join() override { return {}; }
    void leave() override {}
    int notification_fd() const override { return announcements_.get(); }
    Result<bool> read_notifications() override {
        eventfd_t count = 0;
        return ::eventfd_read(announcements_.get(), &count) == 0;
    }
    Result<std::optional<kernel::HandshakeRequest>> accept() override {
        const std::lock_guard hold(lock_);
        if (waiting_.empty())
            return std::optional<kernel::HandshakeRequest>();
        auto first = std::optional(std::move(waiting_.front()));
        waiting_.pop_front();
        return first;
    }
    Status done(kernel::HandshakeRequest, const kernel::HandshakeOutcome &) override { return {}; }

private:
    Fd announcements_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::mutex lock_;
    std::deque<kernel::HandshakeRequest> waiting_;
};

/// An agent in a thread of its own, with one worker.
class Running {
public:
    explicit Running(const test::Host &host) {
        agent::AgentOptions options;
        options.config = host.file("rpctls.conf");
        options.root = host.file("");
        options.runtime_directory = host.file("run");
        options.threads = 1;
        options.most_for_a_peer = options.most_in_flight;
        auto source = std::make_unique<Queue>();
        queue = source.get();
        agent_ = std::make_unique<agent::Agent>(
            options, log_, std::move(source), host.snapshot(),
            [](int, const tls::Session &session) -> Status {
                for (auto way : {tls::Direction::transmit, tls::Direction::receive})
                    if (auto keys = session.traffic_keys(way); !keys)
                        return std::move(keys).error();
                return {};
            });
        test::must(agent_->start());
        thread_ = std::thread([this] { agent_->run(); });
    }
    ~Running() {
        agent_->stop();
        thread_.join();
    }
    std::size_t in_flight() const { return agent_->in_flight(); }
    Queue *queue = nullptr;

private:
    agent::Log log_{[](agent::Priority, const std::string &, std::span<const agent::LogField>) {}};
    std::unique_ptr<agent::Agent> agent_;
    std::thread thread_;
};

/// The client's half of `count` handshakes, one after the other, and what they cost it.
template <class Submit>
double run_clients(const test::Host &host, unsigned count, bool mutual, Submit submit) {
    const auto snapshot = host.snapshot();
    const auto &credentials = mutual ? snapshot->client() : snapshot->anonymous_client();
    const double before = cpu(CLOCK_THREAD_CPUTIME_ID);
    for (unsigned i = 0; i < count; ++i) {
        test::Sockets sockets;
        submit(std::move(sockets.ours));
        tls::SocketTransport transport(sockets.peer.get());
        auto session = test::client_session(*credentials, transport, mutual);
        complete(session, sockets.peer.get());
        std::byte last{};
        (void)::recv(sockets.peer.get(), &last, 1, 0); // until the server's end is closed
    }
    return cpu(CLOCK_THREAD_CPUTIME_ID) - before;
}

double agent_cost(const test::Host &host, unsigned count, bool mutual) {
    Running running(host);
    const auto submit = [&](Fd socket) { running.queue->submit(std::move(socket)); };
    (void)run_clients(host, 50, mutual, submit);
    const double before = cpu(CLOCK_PROCESS_CPUTIME_ID);
    const double clients = run_clients(host, count, mutual, submit);
    return (cpu(CLOCK_PROCESS_CPUTIME_ID) - before - clients) / count;
}

void must_succeed(int code) {
    if (code < 0)
        throw std::runtime_error(gnutls_strerror(code));
}

/// What there is to compare with: nothing but GnuTLS.
class BareServer {
public:
    explicit BareServer(const test::Host &host) {
        must_succeed(gnutls_certificate_allocate_credentials(&credentials_));
        must_succeed(gnutls_certificate_set_x509_key_file(credentials_, host.file("server.pem").c_str(),
                                                          host.file("server.key").c_str(),
                                                          GNUTLS_X509_FMT_PEM));
        must_succeed(gnutls_certificate_set_x509_trust_file(credentials_, host.file("ca.pem").c_str(),
                                                            GNUTLS_X509_FMT_PEM));
        must_succeed(gnutls_priority_init(&priority_, "NORMAL:-VERS-ALL:+VERS-TLS1.3", nullptr));
    }
    ~BareServer() {
        gnutls_priority_deinit(priority_);
        gnutls_certificate_free_credentials(credentials_);
    }

    void serve(const Fd &socket, bool mutual) {
        gnutls_session_t session = nullptr;
        must_succeed(gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_TICKETS));
        must_succeed(gnutls_priority_set(session, priority_));
        must_succeed(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_));
        if (mutual) {
            gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
            gnutls_session_set_verify_cert(session, nullptr, 0);
        }
        gnutls_transport_set_int(session, socket.get());
        int code = 0;
        do
            code = gnutls_handshake(session);
        while (code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED);
        must_succeed(code);
        gnutls_deinit(session);
    }

private:
    gnutls_certificate_credentials_t credentials_ = nullptr;
    gnutls_priority_t priority_ = nullptr;
};

double bare_cost(const test::Host &host, unsigned count, bool mutual) {
    BareServer server(host);
    std::mutex lock;
    std::deque<Fd> waiting;
    const Fd event(::eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE));
    double spent = 0;
    const unsigned warm_up = 50;
    std::thread thread([&] {
        double begin = 0;
        for (unsigned i = 0; i < count + warm_up; ++i) {
            eventfd_t one = 0;
            (void)::eventfd_read(event.get(), &one);
            Fd socket;
            {
                const std::lock_guard hold(lock);
                socket = std::move(waiting.front());
                waiting.pop_front();
            }
            if (i == warm_up)
                begin = cpu(CLOCK_THREAD_CPUTIME_ID);
            server.serve(socket, mutual);
        }
        spent = cpu(CLOCK_THREAD_CPUTIME_ID) - begin;
    });
    (void)run_clients(host, count + warm_up, mutual, [&](Fd socket) {
        {
            const std::lock_guard hold(lock);
            waiting.push_back(std::move(socket));
        }
        ::eventfd_write(event.get(), 1);
    });
    thread.join();
    return spent / count;
}

/// From /proc/self/status, in KiB.
long memory(const char *what) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(what))
            return std::stol(line.substr(line.find(':') + 1));
    return 0;
}

/// Keeps what a client says first.
class Recorder final : public tls::Transport {
public:
    ssize_t receive(std::span<std::byte>) override {
        errno = EAGAIN;
        return -1;
    }
    ssize_t send(std::span<const std::byte> octets) override {
        said.insert(said.end(), octets.begin(), octets.end());
        return static_cast<ssize_t>(octets.size());
    }
    std::vector<std::byte> said;
};

/// Clients that say their ClientHello (or not even that) and nothing more.
void queue_cost(const test::Host &host, std::size_t count, bool with_hello) {
    Running running(host);
    Recorder hello;
    auto session = test::client_session(*host.snapshot()->anonymous_client(), hello);
    (void)session.handshake();
    const long before = memory("VmRSS");
    std::vector<test::Sockets> stalled;
    for (std::size_t i = 0; i < count; ++i) {
        test::Sockets sockets;
        if (with_hello)
            (void)::send(sockets.peer.get(), hello.said.data(), hello.said.size(), MSG_NOSIGNAL);
        running.queue->submit(std::move(sockets.ours));
        stalled.push_back(std::move(sockets));
    }
    std::this_thread::sleep_for(std::chrono::seconds(2));
    std::printf("%zu clients %s: %zu under way, resident %.1f MiB, %.1f KiB for each\n", count,
                with_hello ? "stalled after their ClientHello" : "that say nothing", running.in_flight(),
                static_cast<double>(memory("VmRSS")) / 1024,
                static_cast<double>(memory("VmRSS") - before) / static_cast<double>(count));
}

} // namespace

int main(int argc, char **argv) {
    const auto count = static_cast<unsigned>(argc > 1 ? std::stoul(argv[1]) : 1000);
    const test::Host host;
    std::printf("GnuTLS %s, P-256, %u handshakes each\n", gnutls_check_version(nullptr), count);
    queue_cost(host, 1000, false);
    queue_cost(host, 1000, true);
    for (const bool mutual : {false, true}) {
        // Turn about, so that what else the machine does is shared fairly; the best of three says what it takes.
        double bare = 1e9, agent = 1e9;
        for (int round = 0; round < 3; ++round) {
            bare = std::min(bare, bare_cost(host, count, mutual));
            agent = std::min(agent, agent_cost(host, count, mutual));
        }
        std::printf("%s: bare GnuTLS %.3f ms of CPU a handshake, the agent %.3f ms, ratio %.2f\n",
                    mutual ? "mutual" : "one-way", bare, agent, agent / bare);
    }
}
