// SPDX-License-Identifier: LGPL-2.1-or-later
// Octets of files as results of Server's and svc_tls_create()'s calls, and as arguments of a Connection's, with real
// sockets: in clear, inside TLS, and by the kernel's records where it has TLS.
#include "rpc/base/text.hpp"
#include "rpctls/connection.hpp"
#include "rpctls/parameters.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/server/sent_file.hpp"
#include "tests/unit/server/server_fixture.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <list>

using namespace rpctls;
using namespace rpctls::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t face_file = 20, face_parts = 21;
constexpr std::size_t large = 32 << 20;

const std::string accepted = hex(octets("00000001 00000000 00000000 00000000 00000000"));
const std::string system_err = hex(octets("00000001 00000000 00000000 00000000 00000005"));

void allow_large(rpctls_params *params) {
    rpctls_params_set_record_limit(params, 64 << 20);
}

std::uint32_t number_in(std::span<const std::byte> octets) {
    std::uint32_t number = 0;
    for (const std::byte octet : octets.first(4))
        number = number << 8 | std::to_integer<std::uint32_t>(octet);
    return number;
}

/// As proc_file of the other fixture does.
Server::Handler giving(const SentFile &sent) {
    return [file = sent.open()](Call call) {
        const std::uint32_t size = number_in(call.arguments());
        Reply reply;
        if (call.procedure() == face_file) {
            auto range = file.range(3, size);
            if (!range)
                return call.system_error();
            reply.add(number(7));
            reply.add_opaque(std::move(*range));
            reply.add(number(8));
        } else { // many parts, some of them side by side
            for (std::uint32_t i = 0; i < size; ++i) {
                reply.add(*file.range(1000 * i, 4 * i));
                if (i % 3 != 0)
                    reply.add(number(i));
            }
        }
        call.reply(std::move(reply));
    };
}

std::string expected(const SentFile &sent, std::size_t size) {
    return accepted + hex(number(7)) + hex(opaque(sent.content(3, size))) + hex(number(8));
}

/// Around the limits of words, records, windows, and turns.
constexpr std::uint32_t sizes[] = {0,     1,     3,      4,      5,      16383,  16384,   16385,  65535,
                                   65536, 65537, 262143, 262144, 262145, 327685, 1048576, 1048579};

/// All that comes from now on, until the server ends the connection.
std::vector<std::byte> rest_of(Caller &caller, bool in_clear) {
    if (in_clear)
        return caller.receive_to_end();
    std::vector<std::byte> all, room(65536);
    for (int silent = 0; silent < 500;) {
        const auto got = caller.session().receive(room);
        if (!got || (*got && **got == 0))
            return all;
        if (*got)
            all.insert(all.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(**got));
        else
            std::this_thread::sleep_for(10ms), ++silent;
    }
    BOOST_ERROR("the server did not end the connection");
    return all;
}

std::size_t resident() {
    std::ifstream file("/proc/self/statm");
    std::size_t all = 0, here = 0;
    file >> all >> here;
    return here * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::unique_ptr<Connection> connect(const FaceServer &served, bool in_clear, ConnectionOptions options = {}) {
    const auto params = make_parameters();
    rpctls_params_set_policy(params.get(), in_clear ? RPCTLS_POLICY_NONE : RPCTLS_POLICY_TLS);
    rpctls_params_set_truststore(params.get(), served.files.path("ca.pem").c_str());
    rpctls_params_set_port(params.get(), served.port());
    allow_large(params.get());
    options.octets_outstanding = 256 << 20;
    auto opened = Connection::open("127.0.0.1", program, 1, *params, std::move(options));
    BOOST_TEST_REQUIRE(opened.has_value(), (opened ? "" : summary(opened.error())));
    return std::move(*opened);
}

std::string outcome(const Result<CallReply> &reply) {
    return reply ? "ok" : reply.error().name;
}

/// A server that reads no further while it has a call in hand, and a client that has begun to send it a large file.
struct HalfSent {
    explicit HalfSent(bool in_clear)
        : served(RPCTLS_POLICY_OPPORTUNISTIC, allow_large,
                 {.io_threads = 1, .handshake_threads = 1, .calls_per_connection = 1}),
          connection(connect(served, in_clear)) {
        first = connection->call(CallRequest{.procedure = face_keep});
        kept = served.take_kept(1);
        CallRequest call{.procedure = face_echo};
        add_opaque(call.arguments, sent.range(0, large));
        second = connection->call(std::move(call), &id);
        std::this_thread::sleep_for(200ms); // what the sockets take is taken
    }
    SentFile sent{large};
    FaceServer served;
    std::unique_ptr<Connection> connection;
    std::future<Result<CallReply>> first, second;
    CallId id{};
    std::deque<Call> kept;
};

} // namespace

BOOST_AUTO_TEST_SUITE(files_sent)

BOOST_AUTO_TEST_CASE(results_from_a_file_are_the_file_s_whatever_their_size) {
    const SentFile sent(2 << 20);
    for (const bool in_clear : {true, false}) {
        FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC);
        served.others = giving(sent);
        Caller caller(served.port());
        if (!in_clear)
            BOOST_TEST(caller.start_tls(served.files) == "done");
        for (const std::uint32_t size : sizes)
            BOOST_TEST((caller.call(face_file, number(size)) == expected(sent, size)), size);
        std::string parts = accepted;
        for (std::uint32_t i = 0; i < 120; ++i)
            parts += hex(sent.content(1000 * i, 4 * i)) + (i % 3 != 0 ? hex(number(i)) : "");
        BOOST_TEST((caller.call(face_parts, number(120)) == parts));
    }
}

BOOST_AUTO_TEST_CASE(the_C_face_s_results_from_a_file_are_the_same) {
    const SentFile sent(2 << 20);
    file_served = sent.path();
    for (const bool in_clear : {true, false}) {
        Served served(RPCTLS_POLICY_OPPORTUNISTIC);
        Caller caller(served.port());
        if (!in_clear)
            BOOST_TEST(caller.start_tls(served.files()) == "done");
        for (const std::uint32_t size : sizes)
            BOOST_TEST((caller.call(proc_file, number(size)) == expected(sent, size)), size);
        BOOST_TEST(caller.call(proc_file, number(2 << 20)) == system_err); // three octets too many
        BOOST_TEST(caller.call(proc_null) == accepted);
    }
    Served strict(RPCTLS_POLICY_NONE, [](auto *params) { rpctls_params_set_record_limit(params, 65536); });
    Caller caller(strict.port());
    BOOST_TEST(caller.call(proc_file, number(65536)) == system_err);
    BOOST_TEST((caller.call(proc_file, number(65000)) == expected(sent, 65000)));
    file_served = "/dev/null";
    BOOST_TEST(caller.call(proc_file, number(0)) == system_err);
    BOOST_TEST(svc_tls_sendreply_file(nullptr, nullptr, nullptr, 0, 0, 0, nullptr, nullptr) == -1);
    BOOST_TEST(rpctls_error_name(rpctls_last_error()) == std::string("argument-invalid"));
}

BOOST_AUTO_TEST_CASE(a_file_known_to_be_too_short_is_told_to_the_program_or_answered_SYSTEM_ERR) {
    const SentFile sent(100000);
    FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC);
    served.others = [&](Call call) {
        Reply reply;
        reply.add(sent.range(0, 100000));
        sent.cut(99996);
        BOOST_TEST(sent.open().range(0, 100000).error().name == "file-too-short");
        call.reply(std::move(reply));
    };
    Caller caller(served.port());
    BOOST_TEST(caller.call(face_file) == system_err);
    BOOST_TEST(caller.call(proc_null) == accepted);
    const auto connection = connect(served, true);
    const FileRange range = sent.range(0, 99996);
    sent.cut(10);
    BOOST_TEST(outcome(connection->call(CallRequest{.procedure = face_echo, .arguments = {range}}).get()) ==
               "file-too-short");
    BOOST_TEST(outcome(connection->call(CallRequest{}).get()) == "ok");
}

BOOST_AUTO_TEST_CASE(results_beyond_the_record_limit_are_SYSTEM_ERR_from_a_file_as_from_memory) {
    const SentFile sent(100000);
    FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC,
                      [](auto *params) { rpctls_params_set_record_limit(params, 65536); });
    served.others = giving(sent);
    Caller caller(served.port());
    BOOST_TEST(caller.call(face_file, number(65536)) == system_err);
    BOOST_TEST((caller.call(face_file, number(65000)) == expected(sent, 65000)));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_while_it_is_sent_ends_the_connection_and_nothing_takes_its_place) {
    for (const bool in_clear : {true, false}) {
        const SentFile sent(large);
        FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC, allow_large);
        Served c_served(RPCTLS_POLICY_OPPORTUNISTIC, allow_large);
        served.others = giving(sent);
        file_served = sent.path();
        Caller one(served.port()), two(c_served.port());
        if (!in_clear) {
            BOOST_TEST(one.start_tls(served.files) == "done");
            BOOST_TEST(two.start_tls(c_served.files()) == "done");
        }
        one.send(call_record(face_file, number(large - 3)));
        two.send(call_record(proc_file, number(large - 3)));
        std::this_thread::sleep_for(300ms); // what the sockets take is taken
        sent.cut(0);
        for (Caller *caller : {&one, &two}) {
            const auto heard = rest_of(*caller, in_clear);
            constexpr std::size_t before = 4 + 24 + 4 + 4;
            BOOST_TEST_REQUIRE(heard.size() > before);
            BOOST_TEST(heard.size() < large);
            BOOST_TEST((std::ranges::equal(std::span(heard).subspan(before),
                                           sent.content(3, heard.size() - before))));
        }
        BOOST_TEST(served.logged("ended: file-too-short"));
        BOOST_TEST(c_served.logged("ended: file-too-short"));
        BOOST_TEST(Caller(served.port()).call(proc_null) == accepted);
        BOOST_TEST(Caller(c_served.port()).call(proc_null) == accepted);
    }
}

BOOST_AUTO_TEST_CASE(clients_that_do_not_take_a_file_cost_little_memory_and_nobody_else_waits) {
    const SentFile sent(large);
    FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC, allow_large,
                      {.io_threads = 1, .handshake_threads = 1, .calls_per_connection = 4});
    Served c_served(RPCTLS_POLICY_OPPORTUNISTIC, allow_large);
    served.others = giving(sent);
    file_served = sent.path();
    std::list<Caller> stalled;
    const auto stall = [&](std::uint16_t port, const Files &files, std::uint32_t procedure, int calls) {
        stalled.emplace_back(port);
        BOOST_TEST(stalled.back().start_tls(files) == "done");
        for (int i = 0; i < calls; ++i)
            stalled.back().send(call_record(procedure, number(large - 3)));
    };
    stall(served.port(), served.files, face_file, 1);
    const std::size_t before = resident();
    for (int i = 0; i < 8; ++i) {
        stall(served.port(), served.files, face_file, 4);
        stall(c_served.port(), c_served.files(), proc_file, 1);
    }
    std::this_thread::sleep_for(300ms);
    // 1,280 MiB are promised. Most of the difference is what a sanitizer keeps of the handshakes.
    BOOST_TEST(resident() < before + (128u << 20));
    BOOST_TEST(Caller(served.port()).call(proc_null) == accepted);
    BOOST_TEST(Caller(c_served.port()).call(proc_null) == accepted);
}

BOOST_AUTO_TEST_CASE(arguments_from_a_file_are_the_file_s_whatever_their_size) {
    const SentFile sent(2 << 20);
    FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC, allow_large);
    for (const bool in_clear : {true, false}) {
        const auto connection = connect(served, in_clear);
        const SharedFile file = sent.open();
        std::vector<std::pair<std::future<Result<CallReply>>, std::uint32_t>> calls;
        const auto seven = number(7), eight = number(8);
        for (const std::uint32_t size : sizes) {
            CallRequest call{.procedure = face_echo, .arguments = {seven}};
            add_opaque(call.arguments, *file.range(3, size));
            call.arguments.emplace_back(eight);
            calls.emplace_back(connection->call(std::move(call)), size);
        }
        for (auto &[future, size] : calls) {
            const auto reply = future.get();
            BOOST_TEST_REQUIRE(outcome(reply) == "ok");
            BOOST_TEST((std::ranges::equal(reply->results(),
                                           concatenated({seven, opaque(sent.content(3, size)), eight}))),
                       size);
        }
        BOOST_TEST(connection->statistics().connections == 1u);
    }
}

BOOST_AUTO_TEST_CASE(an_argument_s_file_that_is_cut_while_it_is_sent_ends_the_connection_with_its_name) {
    for (const bool in_clear : {true, false}) {
        HalfSent half(in_clear);
        half.sent.cut(0);
        half.kept.front().reply();
        const auto late = half.first.get(); // may have been answered before
        BOOST_TEST((late || late.error().name == "file-too-short"));
        BOOST_TEST(outcome(half.second.get()) == "file-too-short");
        BOOST_TEST(outcome(half.connection->call(CallRequest{}).get()) == "ok");
        BOOST_TEST(half.connection->statistics().connections == 2u);
    }
}

BOOST_AUTO_TEST_CASE(a_call_cancelled_half_sent_goes_to_its_end_and_the_connection_lives_on) {
    for (const bool in_clear : {true, false}) {
        HalfSent half(in_clear);
        half.connection->cancel(half.id);
        BOOST_TEST(outcome(half.second.get()) == "call-cancelled");
        ::unlink(half.sent.path().c_str());
        half.kept.front().reply();
        BOOST_TEST(outcome(half.first.get()) == "ok");
        BOOST_TEST(outcome(half.connection->call(CallRequest{}).get()) == "ok");
        BOOST_TEST(half.connection->statistics().connections == 1u);
        BOOST_TEST(half.connection->statistics().dropped_replies ==
                   1u); // the whole call was there to be answered
    }
}

BOOST_AUTO_TEST_SUITE_END()
