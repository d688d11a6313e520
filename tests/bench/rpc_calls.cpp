// SPDX-License-Identifier: LGPL-2.1-or-later
//
// RPC by libtirpc in clear, by the same program with the library's transports, and by the same program in clear through
// stunnel, in one run: sequential NULL calls, and calls with a large argument; beside them a Connection with many calls in
// flight, to a Server and to svc_tls_create()'s, and a GnuTLS session with nothing above it. First with all CPUs, then with
// all processes on one.
//
// usage: bench_rpc_calls [SECONDS [tls|large|calls|bulk]]   for each figure of each round; 1. For a profiler: TLS alone,
//        large arguments alone; a Connection's small calls or large ones alone.
#include "rpctls/clnt.h"
#include "rpctls/connection.hpp"
#include "rpctls/rpctls.h"
#include "rpctls/server.hpp"
#include "rpctls/svc.h"

#include "tests/bench/child.hpp"
#include "tests/bench/gnutls_stream.hpp"
#include "tests/bench/in_flight.hpp"

#include <rpc/rpc.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace rpctls;
using namespace rpctls::bench;

namespace {

constexpr rpcprog_t program = 0x20008ba4;
constexpr rpcvers_t version = 1;
constexpr rpcproc_t take_octets = 1;
constexpr unsigned large = 1 << 20;
constexpr int rounds = 3;

struct Octets {
    u_int size;
    char *data;
};

bool_t xdr_octets(XDR *xdr, Octets *octets) {
    return ::xdr_bytes(xdr, &octets->data, &octets->size, 2 * large);
}

bool_t xdr_nothing(XDR *, void *) {
    return TRUE;
}

void dispatch(svc_req *request, SVCXPRT *transport) {
    const auto nothing = reinterpret_cast<xdrproc_t>(xdr_nothing);
    Octets octets{0, nullptr};
    const auto arguments = reinterpret_cast<xdrproc_t>(xdr_octets);
    if (request->rq_proc == take_octets) {
        if (!svc_getargs(transport, arguments, reinterpret_cast<char *>(&octets)))
            return svcerr_decode(transport);
        svc_sendreply(transport, nothing, nullptr);
        svc_freeargs(transport, arguments, reinterpret_cast<char *>(&octets));
    } else {
        svc_sendreply(transport, nothing, nullptr);
    }
}

struct Ports {
    std::uint16_t clear = 0;
    std::uint16_t tls = 0;
    std::uint16_t server = 0;
};

/// Serves all three until it is ended; tells its ports first.
void serve(const Files &files, int tell) {
    SVCXPRT *clear = ::svctcp_create(RPC_ANYSOCK, 0, 0);
    auto *params = rpctls_params_new();
    rpctls_params_set_identity_files(params, files.path("server.pem").c_str(),
                                     files.path("server.key").c_str());
    rpctls_params_set_truststore(params, files.path("ca.pem").c_str());
    rpctls_params_set_log(
        params, [](void *, const char *) {}, nullptr);
    SVCXPRT *tls = svc_tls_create("127.0.0.1", 0, params);
    if (clear == nullptr || tls == nullptr)
        give_up("no server");
    for (auto *transport : {clear, tls})
        if (!::svc_register(transport, program, version, dispatch, 0))
            give_up("svc_register");
    auto server = Server::listen("127.0.0.1", 0, params, {.io_threads = 1, .calls_per_connection = 64});
    if (!server)
        throw std::runtime_error(summary(server.error()));
    server->handle(program, version, [](Call call) { call.reply(); });
    if (!server->start())
        throw std::runtime_error("the server did not start");
    const Ports ports{clear->xp_port, svc_tls_port(tls), server->port()};
    if (::write(tell, &ports, sizeof ports) != sizeof ports)
        ::_exit(1);
    ::svc_run();
}

std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(fd, reinterpret_cast<sockaddr *>(&address), size) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size) != 0)
        throw std::runtime_error("no port");
    ::close(fd);
    return ntohs(address.sin_port);
}

void run_stunnel(const Files &files, const char *name, const std::string &settings) {
    files.write(
        name, "foreground = yes\npid =\ndebug = 3\n[rpc]\nsslVersion = TLSv1.3\n"
              "ciphersuites = TLS_AES_256_GCM_SHA384\nsocket = l:TCP_NODELAY=1\nsocket = r:TCP_NODELAY=1\n" +
                  settings);
    ::execlp("stunnel", "stunnel", files.path(name).c_str(), nullptr);
}

CLIENT *connect_in_clear(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    for (int attempt = 0; attempt < 50; ++attempt) { // stunnel takes its time to listen
        int fd = RPC_ANYSOCK;
        if (CLIENT *client = ::clnttcp_create(&address, program, version, &fd, 0, 0)) {
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            return client;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    throw std::runtime_error("no connection in clear; is stunnel installed?");
}

Parameters parameters_for(const Files &files, std::uint16_t port) {
    auto params = make_parameters();
    rpctls_params_set_truststore(params.get(), files.path("ca.pem").c_str());
    rpctls_params_set_server_name(params.get(), "localhost");
    rpctls_params_set_port(params.get(), port);
    return params;
}

CLIENT *connect_by_tls(const Files &files, std::uint16_t port) {
    CLIENT *client = clnt_tls_create("127.0.0.1", program, version, parameters_for(files, port).get());
    if (client == nullptr)
        give_up("no connection by TLS");
    return client;
}

std::unique_ptr<Connection> connect_by_connection(const Files &files, std::uint16_t port) {
    auto opened = Connection::open("127.0.0.1", program, version, *parameters_for(files, port));
    if (!opened)
        throw std::runtime_error(summary(opened.error()));
    return std::move(*opened);
}

/// Calls a second, so many at a time.
double calls_in_flight(Connection &connection, rpcproc_t procedure, unsigned in_flight,
                       std::chrono::duration<double> time) {
    static const std::vector<std::byte> payload(large, std::byte{'x'});
    static const std::array<std::byte, 4> size{std::byte{0}, std::byte{large >> 16}};
    const auto call = [&] {
        CallRequest made{.procedure = procedure};
        if (procedure == take_octets)
            made.arguments = {size, payload};
        return made;
    };
    const auto is_right = [](const Result<CallReply> &reply) {
        if (!reply)
            std::fprintf(stderr, "%s", message("bench_rpc_calls", reply.error()).c_str());
        return reply.has_value();
    };
    return keep_in_flight(connection, in_flight, time, call, is_right).a_second();
}

/// Calls a second, one after the other.
double calls_a_second(CLIENT *client, rpcproc_t procedure, std::chrono::duration<double> time) {
    using Clock = std::chrono::steady_clock;
    static std::vector<char> payload(large, 'x');
    Octets octets{large, payload.data()};
    const auto nothing = reinterpret_cast<xdrproc_t>(xdr_nothing);
    const bool with_octets = procedure == take_octets;
    const auto arguments = with_octets ? reinterpret_cast<xdrproc_t>(xdr_octets) : nothing;
    const timeval patience{30, 0};
    const auto begun = Clock::now();
    long done = 0;
    for (; done % 16 != 0 || Clock::now() - begun < time; ++done)
        if (const auto stat = clnt_call(client, procedure, arguments,
                                        reinterpret_cast<caddr_t>(with_octets ? &octets : nullptr), nothing,
                                        nullptr, patience);
            stat != RPC_SUCCESS)
            throw std::runtime_error(clnt_sperrno(stat));
    return static_cast<double>(done) / std::chrono::duration<double>(Clock::now() - begun).count();
}

double median(std::vector<double> figures) {
    if (figures.empty())
        return 0;
    std::sort(figures.begin(), figures.end());
    return figures[figures.size() / 2];
}

void measure(const char *title, const Files &files, std::chrono::duration<double> time,
             std::string_view only) {
    std::array<int, 2> told{};
    if (::pipe(told.data()) != 0)
        throw std::runtime_error("pipe");
    const Child server([&] { serve(files, told[1]); });
    Ports ports;
    if (::read(told[0], &ports, sizeof ports) != sizeof ports)
        throw std::runtime_error("the server did not start");
    const auto between = free_port(), front = free_port();
    const Child far([&] {
        run_stunnel(files, "far",
                    "accept = 127.0.0.1:" + std::to_string(between) + "\nconnect = 127.0.0.1:" +
                        std::to_string(ports.clear) + "\ncert = " + files.path("server.pem") +
                        "\nkey = " + files.path("server.key") + "\n");
    });
    const Child near([&] {
        run_stunnel(files, "near",
                    "client = yes\naccept = 127.0.0.1:" + std::to_string(front) + "\nconnect = 127.0.0.1:" +
                        std::to_string(between) + "\nCAfile = " + files.path("ca.pem") +
                        "\nverifyChain = yes\ncheckHost = localhost\n");
    });
    struct Way {
        const char *name;
        CLIENT *client;
        std::map<rpcproc_t, std::vector<double>> figures{};
    };
    std::array<Way, 3> ways{{{"libtirpc in clear", connect_in_clear(ports.clear)},
                             {"clnt_tls/svc_tls", connect_by_tls(files, ports.tls)},
                             {"through stunnel", connect_in_clear(front)}}};
    struct Flight {
        const char *name;
        std::unique_ptr<Connection> connection;
        std::vector<double> small_calls{}, large_calls{};
    };
    std::array<Flight, 2> flights{{{"Connection, Server", connect_by_connection(files, ports.server)},
                                   {"Connection, svc_tls", connect_by_connection(files, ports.tls)}}};
    std::vector<double> bare;
    const bool kernel = rpctls_session_in_kernel(rpctls_clnt_session(ways[1].client)) != 0;
    for (int round = 0; round < rounds; ++round) {
        for (auto &way : ways)
            for (const rpcproc_t procedure : {rpcproc_t{NULLPROC}, take_octets})
                if (only.empty() || (&way == &ways[1] && (only == "tls" || procedure == take_octets)))
                    way.figures[procedure].push_back(calls_a_second(way.client, procedure, time));
        for (auto &flight : flights) {
            if (only.empty() || only == "calls")
                flight.small_calls.push_back(calls_in_flight(*flight.connection, NULLPROC, 64, time));
            if (only.empty() || only == "bulk")
                flight.large_calls.push_back(calls_in_flight(*flight.connection, take_octets, 8, time));
        }
        if (only.empty() || only == "bulk")
            bare.push_back(bench::gnutls_stream(files.path("server.pem"), files.path("server.key"), time));
    }
    std::printf("%s, %s: median of %d\n", title, rpctls_session_cipher(rpctls_clnt_session(ways[1].client)),
                rounds);
    std::printf("records by %s\n", kernel ? "the kernel" : "GnuTLS");
    std::printf("%-20s %12s %6s %14s %6s\n", "", "NULL a second", "ratio", "1 MiB in MiB/s", "ratio");
    const double first = median(ways[0].figures[NULLPROC]), bulk = median(ways[0].figures[take_octets]);
    for (auto &way : ways) {
        const double calls = median(way.figures[NULLPROC]), mib = median(way.figures[take_octets]);
        std::printf("%-20s %12.0f %6.2f %14.0f %6.2f\n", way.name, calls, calls / first, mib, mib / bulk);
        clnt_destroy(way.client);
    }
    const double ceiling = median(bare);
    for (const auto &flight : flights) {
        const double calls = median(flight.small_calls), mib = median(flight.large_calls);
        std::printf("%-20s %12.0f %6.2f %14.0f %6.2f   64 in flight, 8 of 1 MiB; %.2f of GnuTLS alone\n",
                    flight.name, calls, calls / first, mib, mib / bulk, mib / ceiling);
    }
    std::printf("%-20s %12s %6s %14.0f %6.2f\n\n", "GnuTLS alone", "", "", ceiling, ceiling / bulk);
    ::close(told[0]);
    ::close(told[1]);
}

} // namespace

int main(int argc, char **argv) try {
    ::signal(SIGPIPE, SIG_IGN);
    const std::chrono::duration<double> time(argc > 1 ? std::atof(argv[1]) : 1);
    const Files files;
    const std::string_view only = argc > 2 ? argv[2] : "";
    measure("all CPUs", files, time, only);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    ::sched_setaffinity(0, sizeof one, &one);
    measure("one CPU", files, time, only);
    return 0;
} catch (const std::exception &failure) {
    std::fprintf(stderr, "bench_rpc_calls: %s\n", failure.what());
    return 1;
}
