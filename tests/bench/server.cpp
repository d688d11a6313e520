// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Server and svc_tls_create(), each in a process of its own: memory of idle connections, growth with connections that come
// and go, and, while others stall it, storm it with handshakes, flood it with calls or send garbage, how long an honest
// client's NULL calls take and how long the server works between two waits, see stretches.hpp.
//
// usage: bench_server [SECONDS [IDLE [PASSING]]]    of each figure of delay: 5; connections: 1000, 10000
#include "rpctls/server.hpp"
#include "rpctls/clnt.h"
#include "rpctls/svc.h"
#include "tests/bench/child.hpp"
#include "tests/bench/server_loads.hpp"
#include "tests/bench/stretches.hpp"

#include <rpc/rpc.h>

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

using namespace rpctls;
using namespace rpctls::bench;

namespace {

constexpr rpcprog_t program = 0x20008ba5;
constexpr rpcvers_t version = 1;
constexpr int at_once = 2; ///< processes of each load
constexpr int stalled_of_each_kind = 100;

using Clock = std::chrono::steady_clock;

bool_t nothing(XDR *, ...) {
    return TRUE;
}

void dispatch(svc_req *, SVCXPRT *transport) {
    svc_sendreply(transport, nothing, nullptr);
}

rpctls_params *parameters(const Files &files) {
    auto *params = rpctls_params_new();
    rpctls_params_set_identity_files(params, files.path("server.pem").c_str(),
                                     files.path("server.key").c_str());
    rpctls_params_set_truststore(params, files.path("ca.pem").c_str());
    rpctls_params_set_connection_limits(params, 5000, 5000);
    rpctls_params_set_handshake_limit(params, 5000);
    rpctls_params_set_handshake_timeout(params, 600000);
    rpctls_params_set_stall_timeout(params, 600000);
    rpctls_params_set_log(
        params, [](void *, const char *) {}, nullptr);
    return params;
}

enum class Face { server, svc };

void serve(Face face, const Files &files, int tell, Stretches &stretches) {
    std::uint16_t port = 0;
    watch_stretches(stretches);
    const auto told = [&] {
        if (::write(tell, &port, sizeof port) != sizeof port)
            ::_exit(1);
    };
    if (face == Face::svc) {
        SVCXPRT *transport = svc_tls_create("127.0.0.1", 0, parameters(files));
        if (transport == nullptr || !svc_reg(transport, program, version, dispatch, nullptr))
            give_up("no server");
        port = svc_tls_port(transport);
        told();
        ::svc_run();
    } else {
        auto server = Server::listen("127.0.0.1", 0, parameters(files));
        if (!server)
            throw std::runtime_error(summary(server.error()));
        server->handle(program, version, [](Call call) { call.reply(); });
        if (auto started = server->start(); !started)
            throw std::runtime_error(summary(started.error()));
        port = server->port();
        told();
        server->wait();
    }
}

struct Closed {
    void operator()(CLIENT *client) const { clnt_destroy(client); }
};
using Client = std::unique_ptr<CLIENT, Closed>;

rpctls_params *client_parameters(const Files &files, std::uint16_t port) {
    auto *params = rpctls_params_new();
    rpctls_params_set_truststore(params, files.path("ca.pem").c_str());
    rpctls_params_set_server_name(params, "localhost");
    rpctls_params_set_port(params, port);
    rpctls_params_set_timeout(params, 60000);
    return params;
}

Client connect(const Files &files, std::uint16_t port) {
    auto *params = client_parameters(files, port);
    Client client(clnt_tls_create("127.0.0.1", program, version, params));
    rpctls_params_free(params);
    return client;
}

/// A call that handlers do not see costs both servers the same.
void call(CLIENT *client) {
    if (const auto stat = clnt_call(client, NULLPROC, reinterpret_cast<xdrproc_t>(nothing), nullptr,
                                    reinterpret_cast<xdrproc_t>(nothing), nullptr, (timeval{60, 0}));
        stat != RPC_SUCCESS)
        throw std::runtime_error(clnt_sperrno(stat));
}

struct Size {
    double mib = 0;
    long descriptors = 0;
};

Size size_of(pid_t process) {
    const std::string root = "/proc/" + std::to_string(process);
    std::ifstream file(root + "/statm");
    std::size_t all = 0, resident = 0;
    file >> all >> resident;
    const auto entries = std::filesystem::directory_iterator(root + "/fd");
    return {static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20),
            std::distance(begin(entries), end(entries))};
}

/// When everything of connections that ended is given back.
Size settled_size_of(pid_t process, long descriptors) {
    for (int i = 0; i < 500 && size_of(process).descriptors > descriptors; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return size_of(process);
}

class Stalled {
public:
    /// In the middle of a ClientHello, or of a record.
    Stalled(std::uint16_t port, bool with_hello) : fd_(connect_in_clear(port)) {
        if (with_hello
                ? !ask_for_tls(fd_, program, version) || ::send(fd_, "\x16\x03\x01\x02\x00\x01\x00", 7, 0) < 0
                : ::send(fd_, "\x80\x00\x00\x28\x00\x00\x00\x01", 8, 0) < 0)
            throw std::runtime_error("no stalled client");
    }
    Stalled(const Stalled &) = delete;
    Stalled &operator=(const Stalled &) = delete;
    ~Stalled() { ::close(fd_); }

private:
    int fd_;
};

struct Delays {
    double median = 0, p99 = 0, largest = 0; ///< milliseconds
};

Delays delays(CLIENT *client, std::chrono::duration<double> time) {
    std::vector<double> all;
    const auto until = Clock::now() + time;
    while (Clock::now() < until) {
        const auto begun = Clock::now();
        call(client);
        all.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::sort(all.begin(), all.end());
    return {all[all.size() / 2], all[all.size() * 99 / 100], all.back()};
}

/// Those that load the server are on the same processors: what they take themselves is to disturb as little as can be.
template <class Body>
std::vector<std::unique_ptr<Child>> load(Body body) {
    std::vector<std::unique_ptr<Child>> processes;
    for (int i = 0; i < at_once; ++i)
        processes.push_back(std::make_unique<Child>([&] {
            ::setpriority(PRIO_PROCESS, 0, 19);
            body();
        }));
    return processes;
}

void measure_delays(const Files &files, std::uint16_t port, std::chrono::duration<double> time,
                    Stretches &stretches) {
    const Client honest = connect(files, port);
    if (!honest)
        give_up("no honest client");
    const auto show = [&](const char *what) {
        stretches.clear();
        const Delays seen = delays(honest.get(), time);
        std::printf(
            "  %-30s NULL calls: median %7.3f ms, p99 %7.3f, largest %8.3f; the server's stretches: "
            "longest %7.3f ms, %lld of %lld over 5 ms\n",
            what, seen.median, seen.p99, seen.largest, static_cast<double>(stretches.longest.load()) / 1e6,
            static_cast<long long>(stretches.over_5_ms.load()), static_cast<long long>(stretches.all.load()));
        std::fflush(stdout);
    };
    show("alone");
    {
        std::vector<std::unique_ptr<Stalled>> stalled;
        for (int i = 0; i < stalled_of_each_kind; ++i)
            for (const bool with_hello : {false, true})
                stalled.push_back(std::make_unique<Stalled>(port, with_hello));
        show("beside 200 that stall");
        const auto storm = load([&] {
            for (;;)
                (void)connect(files, port);
        });
        show("and handshakes without end");
    }
    {
        const auto flood =
            load([&] { keep_calling(*client_parameters(files, port), program, version, 1, 1 << 20, 16); });
        show("beside calls of 1 MiB");
    }
    {
        const auto pipelines =
            load([&] { keep_calling(*client_parameters(files, port), program, version, NULLPROC, 0, 4096); });
        show("beside 4,096 NULL calls at once");
    }
    {
        const auto garbage = load([&] { keep_sending_garbage(port, program, version); });
        show("beside garbage");
    }
    // The load on the processors without a server's part in it.
    const auto busy = load([] {
        for (;;)
            continue;
    });
    show("beside busy processors instead");
}

void measure(Face face, const Files &files, std::chrono::duration<double> time, std::size_t idle,
             std::size_t passing) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::printf("%s\n", face == Face::server ? "Server" : "svc_tls_create()");
    std::array<int, 2> told{};
    if (::pipe(told.data()) != 0)
        throw std::runtime_error("pipe");
    Stretches &stretches = shared_stretches();
    const Child server([&] { serve(face, files, told[1], stretches); });
    std::uint16_t port = 0;
    if (::read(told[0], &port, sizeof port) != sizeof port)
        throw std::runtime_error("the server did not start");
    ::close(told[0]);
    ::close(told[1]);
    for (int i = 0; i < 8; ++i) // what is made once
        call(connect(files, port).get());
    const Size before = settled_size_of(server.pid(), 0);
    {
        std::vector<Client> clients;
        while (clients.size() < idle) {
            clients.push_back(connect(files, port));
            if (!clients.back())
                give_up("no idle client");
            call(clients.back().get());
        }
        const Size with = size_of(server.pid());
        std::printf("  %zu idle connections: %.1f MiB more, %.1f KiB each (from %.1f MiB)\n", idle,
                    with.mib - before.mib, (with.mib - before.mib) * 1024 / static_cast<double>(idle),
                    before.mib);
    }
    const Size first = settled_size_of(server.pid(), before.descriptors);
    Size half;
    for (std::size_t i = 0; i < passing; ++i) {
        const Client client = connect(files, port);
        if (!client)
            give_up("no passing client");
        call(client.get());
        if (i == passing / 2)
            half = size_of(server.pid());
    }
    const Size after = settled_size_of(server.pid(), before.descriptors);
    std::printf("  %zu connections that came and went: %.1f MiB before, %.1f half-way, %.1f after; "
                "descriptors %ld, %ld\n",
                passing, first.mib, half.mib, after.mib, first.descriptors, after.descriptors);
    measure_delays(files, port, time, stretches);
}

std::size_t count_of(const char *text) {
    return static_cast<std::size_t>(std::atol(text));
}

} // namespace

int main(int argc, char **argv) try {
    ::signal(SIGPIPE, SIG_IGN);
    const std::chrono::duration<double> time(argc > 1 ? std::atof(argv[1]) : 5);
    rlimit files_limit{};
    ::getrlimit(RLIMIT_NOFILE, &files_limit);
    files_limit.rlim_cur = files_limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files_limit);
    const Files files;
    for (const Face face : {Face::server, Face::svc}) {
        // A process each: a server is forked from it, and would have the room of clients that were before.
        Child run([&] {
            measure(face, files, time, argc > 2 ? count_of(argv[2]) : 1000,
                    argc > 3 ? count_of(argv[3]) : 10000);
            ::_exit(0);
        });
        if (run.wait() != 0)
            return 1;
    }
    return 0;
} catch (const std::exception &failure) {
    std::fprintf(stderr, "bench_server: %s\n", failure.what());
    return 1;
}
