// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Results from a file: sent from there (Reply::add_opaque(), svc_tls_sendreply_file()) and read into memory first, in one run,
// 1 MiB each, 8 calls in flight, for Server and svc_tls_create(); beside them results that are in memory all the time. For
// each the throughput, and the processor's time that the server takes for it.
//
// usage: bench_bulk [SECONDS]    for each figure of each round: 1
//        bench_bulk verify       no figures: that the octets are the file's, in both directions, also where a file is cut
//                                and a call is cancelled half-sent. Says who seals. Sockets must not take 4 MiB.
#include "rpctls/connection.hpp"
#include "rpctls/server.hpp"
#include "rpctls/svc.h"
#include "tests/bench/child.hpp"
#include "tests/bench/in_flight.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <thread>
#include <vector>

using namespace rpctls;
using namespace rpctls::bench;
using namespace std::chrono_literals;

namespace {

constexpr rpcprog_t program = 0x20008ba6;
constexpr rpcvers_t version = 1;
constexpr std::uint32_t large = 1 << 20, file_size = 4 << 20;
constexpr unsigned in_flight = 8;
constexpr int rounds = 3;

enum Procedure : std::uint32_t {
    from_file = 1, ///< a number in; so many octets of the file out
    by_reading = 2,
    from_memory = 3, ///< as many octets that are no file's
    echo = 4,
    nap = 5, ///< half a second in which the server reads nothing
};

std::vector<std::byte> content(std::size_t size) {
    std::vector<std::byte> octets(size);
    for (std::size_t i = 0; i < size; ++i)
        octets[i] = static_cast<std::byte>(i * 7 + i / 251 + i / 65536);
    return octets;
}

int open_file(const std::string &path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        throw std::runtime_error("cannot open " + path);
    return fd;
}

std::vector<std::byte> octets_of(int fd, std::size_t size) {
    std::vector<std::byte> octets(size);
    for (std::size_t got = 0; got < size;) {
        const ssize_t count = ::pread(fd, octets.data() + got, size - got, static_cast<off_t>(got));
        if (count <= 0)
            throw std::runtime_error("cannot read the file");
        got += static_cast<std::size_t>(count);
    }
    return octets;
}

std::uint32_t number_in(std::span<const std::byte> octets) {
    std::uint32_t number = 0;
    for (const std::byte octet : octets.first(4))
        number = number << 8 | std::to_integer<std::uint32_t>(octet);
    return number;
}

std::vector<std::byte> number(std::size_t value) {
    std::vector<std::byte> octets(4);
    for (std::size_t i = 0; i < 4; ++i)
        octets[i] = static_cast<std::byte>(value >> (24 - 8 * i) & 0xff);
    return octets;
}

// ---- Server ----

void answer(Call call, const SharedFile &file) {
    static const std::vector<std::byte> memory = content(large);
    if (call.procedure() == echo) {
        const auto arguments = call.arguments();
        return call.reply(std::vector<std::byte>(arguments.begin(), arguments.end()));
    }
    if (call.procedure() == nap) {
        std::this_thread::sleep_for(500ms);
        return call.reply();
    }
    const std::size_t size = number_in(call.arguments());
    Reply reply;
    if (call.procedure() == from_file) {
        auto range = file.range(0, size);
        if (!range)
            return call.system_error();
        reply.add_opaque(std::move(*range));
        return call.reply(std::move(reply));
    }
    reply.add(number(size));
    if (call.procedure() == by_reading)
        reply.add(octets_of(file.fd(), size));
    else
        reply.add(std::span(memory).first(size), nullptr);
    reply.add(std::vector<std::byte>((4 - size % 4) % 4));
    call.reply(std::move(reply));
}

// ---- svc_tls_create() ----

struct Octets {
    u_int size;
    char *data;
};

bool_t xdr_octets(XDR *xdr, ...) {
    va_list arguments;
    va_start(arguments, xdr);
    auto *octets = va_arg(arguments, Octets *);
    va_end(arguments);
    return ::xdr_bytes(xdr, &octets->data, &octets->size, file_size);
}

bool_t xdr_size(XDR *xdr, ...) {
    va_list arguments;
    va_start(arguments, xdr);
    auto *size = va_arg(arguments, std::uint32_t *);
    va_end(arguments);
    return ::xdr_uint32_t(xdr, size);
}

bool_t xdr_nothing(XDR *, ...) {
    return TRUE;
}

int svc_file = -1;

void dispatch(svc_req *request, SVCXPRT *transport) {
    static std::vector<std::byte> memory = content(large), room;
    std::uint32_t size = 0;
    if (request->rq_proc == NULLPROC) {
        svc_sendreply(transport, xdr_nothing, nullptr);
        return;
    }
    if (request->rq_proc > from_memory || !svc_getargs(transport, xdr_size, &size))
        return svcerr_decode(transport);
    if (request->rq_proc == from_file) {
        if (svc_tls_sendreply_file(transport, nullptr, nullptr, svc_file, 0, size, nullptr, nullptr) != 0)
            svcerr_systemerr(transport);
        return;
    }
    if (request->rq_proc == by_reading)
        room = octets_of(svc_file, size);
    Octets octets{size,
                  reinterpret_cast<char *>(request->rq_proc == by_reading ? room.data() : memory.data())};
    svc_sendreply(transport, xdr_octets, &octets);
}

// ---- Both ----

enum class Face { server, svc };

void serve(Face face, const Files &files, const std::string &path, int tell) {
    auto *params = rpctls_params_new();
    rpctls_params_set_identity_files(params, files.path("server.pem").c_str(),
                                     files.path("server.key").c_str());
    rpctls_params_set_truststore(params, files.path("ca.pem").c_str());
    rpctls_params_set_record_limit(params, 2 * file_size);
    rpctls_params_set_log(
        params, [](void *, const char *) {}, nullptr);
    std::uint16_t port = 0;
    const auto told = [&] {
        if (::write(tell, &port, sizeof port) != sizeof port)
            ::_exit(1);
    };
    if (face == Face::svc) {
        svc_file = open_file(path);
        SVCXPRT *transport = svc_tls_create("127.0.0.1", 0, params);
        if (transport == nullptr || !svc_reg(transport, program, version, dispatch, nullptr))
            give_up("no server");
        port = svc_tls_port(transport);
        told();
        ::svc_run();
        return;
    }
    const auto file = SharedFile::own(open_file(path));
    auto server = Server::listen("127.0.0.1", 0, params, {.io_threads = 1, .handshake_threads = 1});
    if (!file || !server)
        throw std::runtime_error(summary(file ? server.error() : file.error()));
    server->handle(program, version, [&](Call call) { answer(std::move(call), *file); });
    if (auto started = server->start(); !started)
        throw std::runtime_error(summary(started.error()));
    port = server->port();
    told();
    server->wait();
}

/// A server in a process of its own, and a connection to it.
class Served {
public:
    Served(Face face, const Files &files, const std::string &path)
        : child_([&] { serve(face, files, path, told_[1]); }) {
        std::uint16_t port = 0;
        if (::read(told_[0], &port, sizeof port) != sizeof port)
            throw std::runtime_error("the server did not start");
        const auto params = make_parameters();
        rpctls_params_set_truststore(params.get(), files.path("ca.pem").c_str());
        rpctls_params_set_server_name(params.get(), "localhost");
        rpctls_params_set_record_limit(params.get(), 2 * file_size);
        rpctls_params_set_port(params.get(), port);
        auto opened = Connection::open("127.0.0.1", program, version, *params,
                                       {.octets_outstanding = std::size_t{64} << 20});
        if (!opened)
            throw std::runtime_error(summary(opened.error()));
        connection_ = std::move(*opened);
    }
    ~Served() {
        ::close(told_[0]);
        ::close(told_[1]);
    }
    Connection &connection() { return *connection_; }
    bool in_kernel() const { return rpctls_session_in_kernel(connection_->session().get()) != 0; }
    /// Seconds of a processor that it has taken.
    double processor_time() const {
        clockid_t clock{};
        timespec time{};
        if (::clock_getcpuclockid(child_.pid(), &clock) != 0 || ::clock_gettime(clock, &time) != 0)
            throw std::runtime_error("no clock of the server's");
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    }

private:
    struct Pipe : std::array<int, 2> {
        Pipe() {
            if (::pipe(data()) != 0)
                throw std::runtime_error("pipe");
        }
    };
    Pipe told_;
    Child child_;
    std::unique_ptr<Connection> connection_;
};

struct Figures {
    double mib_a_second = 0;
    double processor = 0; ///< milliseconds for a GiB
};

Figures measure(Served &served, std::uint32_t procedure, std::chrono::duration<double> time) {
    static const auto size = number(large);
    std::atomic<bool> failed{false};
    const double before = served.processor_time();
    const auto run = keep_in_flight(
        served.connection(), in_flight, time,
        [&] { return CallRequest{.procedure = procedure, .arguments = {size}}; },
        [&](const Result<CallReply> &reply) {
            const bool right = reply && reply->results().size() == large + 4;
            failed = failed || !right;
            return right;
        });
    if (failed)
        throw std::runtime_error("a call failed");
    return {run.a_second(), (served.processor_time() - before) * 1000 / static_cast<double>(run.done) * 1024};
}

double median(std::vector<double> figures) {
    std::sort(figures.begin(), figures.end());
    return figures[figures.size() / 2];
}

void measure_all(Face face, const Files &files, const std::string &path, std::chrono::duration<double> time) {
    Served served(face, files, path);
    struct Way {
        const char *name;
        std::uint32_t procedure;
        std::vector<double> speeds{}, costs{};
    };
    std::array<Way, 3> ways{
        {{"read, then sent", by_reading}, {"from memory", from_memory}, {"from the file", from_file}}};
    for (int round = 0; round < rounds; ++round)
        for (Way &way : ways) {
            const Figures figures = measure(served, way.procedure, time);
            way.speeds.push_back(figures.mib_a_second);
            way.costs.push_back(figures.processor);
        }
    std::printf("%s, records by %s: median of %d\n", face == Face::server ? "Server" : "svc_tls_create()",
                served.in_kernel() ? "the kernel" : "GnuTLS", rounds);
    std::printf("%-18s %8s %6s %22s %6s\n", "1 MiB results", "MiB/s", "ratio", "server's CPU, ms/GiB",
                "ratio");
    for (const Way &way : ways)
        std::printf("%-18s %8.0f %6.2f %22.0f %6.2f\n", way.name, median(way.speeds),
                    median(way.speeds) / median(ways[0].speeds), median(way.costs),
                    median(way.costs) / median(ways[0].costs));
    std::printf("\n");
}

// ---- verify ----

unsigned wrong = 0;

void expect(bool right, const char *what, std::size_t size = 0) {
    if (right)
        return;
    ++wrong;
    std::printf("wrong: %s (%zu)\n", what, size);
}

bool holds(const Result<CallReply> &reply, std::span<const std::byte> octets) {
    if (!reply)
        std::fputs(message("bench_bulk", reply.error()).c_str(), stdout);
    return reply && reply->results().size() == (octets.size() + 7) / 4 * 4 &&
           number_in(reply->results()) == octets.size() &&
           std::equal(octets.begin(), octets.end(), reply->results().begin() + 4);
}

std::string outcome(const Result<CallReply> &reply) {
    return reply ? "ok" : reply.error().name;
}

/// What is under way when a call with a large file is half-sent.
struct HalfSent {
    HalfSent(Connection &connection, const std::string &path)
        : napping(connection.call(CallRequest{.procedure = nap})) {
        std::this_thread::sleep_for(100ms);
        CallRequest call{.procedure = echo};
        add_opaque(call.arguments, *SharedFile::own(open_file(path))->range(0, file_size));
        sending = connection.call(std::move(call), &id);
        std::this_thread::sleep_for(200ms);
    }
    CallId id{};
    std::future<Result<CallReply>> napping, sending;
};

void verify(Face face, const Files &files, const std::string &path) {
    static const auto all = content(file_size);
    Served served(face, files, path);
    Connection &connection = served.connection();
    std::vector<std::uint32_t> sizes{0,     1,      3,      16383,  16384, 16385,
                                     65536, 262143, 262144, 262145, large, file_size - 1};
    std::vector<std::vector<std::byte>> arguments;
    std::vector<std::future<Result<CallReply>>> replies;
    for (const std::uint32_t size : sizes)
        arguments.push_back(number(size));
    for (const auto &argument : arguments)
        replies.push_back(connection.call(CallRequest{.procedure = from_file, .arguments = {argument}}));
    for (std::size_t i = 0; i < sizes.size(); ++i)
        expect(holds(replies[i].get(), std::span(all).first(sizes[i])), "results", sizes[i]);
    if (face == Face::server) {
        const auto file = SharedFile::own(open_file(path));
        for (const std::uint32_t size : sizes) {
            CallRequest call{.procedure = echo};
            add_opaque(call.arguments, *file->range(0, size));
            expect(holds(connection.call(std::move(call)).get(), std::span(all).first(size)), "arguments",
                   size);
        }
        {
            HalfSent half(connection, path);
            connection.cancel(half.id);
            expect(outcome(half.sending.get()) == "call-cancelled", "a cancelled call");
            expect(outcome(half.napping.get()) == "ok", "the call before it");
            expect(outcome(connection.call(CallRequest{}).get()) == "ok", "the call behind it");
            expect(connection.statistics().connections == 1, "the connection lives on");
            expect(connection.statistics().dropped_replies == 1, "the cancelled call went to its end");
        }
        const std::string copy = path + ".cut";
        std::ofstream(copy, std::ios::binary).write(reinterpret_cast<const char *>(all.data()), file_size);
        HalfSent half(connection, copy);
        (void)!::truncate(copy.c_str(), 0);
        expect(outcome(half.sending.get()) == "file-too-short", "a file that is cut half-sent");
        expect(outcome(connection.call(CallRequest{}).get()) == "ok", "the call behind it");
        expect(connection.statistics().connections == 2, "a new connection");
    }
    std::printf("%s: %s, records by the %s\n", face == Face::server ? "Server" : "svc_tls_create()",
                wrong == 0 ? "all octets right" : "WRONG", served.in_kernel() ? "kernel" : "library");
}

} // namespace

int main(int argc, char **argv) try {
    ::signal(SIGPIPE, SIG_IGN);
    const Files files;
    const std::string path = files.path("file");
    {
        const auto octets = content(file_size);
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char *>(octets.data()),
                   static_cast<std::streamsize>(octets.size()));
    }
    const bool verifies = argc > 1 && std::strcmp(argv[1], "verify") == 0;
    for (const Face face : {Face::server, Face::svc})
        if (verifies)
            verify(face, files, path);
        else
            measure_all(face, files, path, std::chrono::duration<double>(argc > 1 ? std::atof(argv[1]) : 1));
    return wrong == 0 ? 0 : 1;
} catch (const std::exception &failure) {
    std::fprintf(stderr, "bench_bulk: %s\n", failure.what());
    return 1;
}
