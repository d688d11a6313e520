// SPDX-License-Identifier: LGPL-2.1-or-later
// Memory that is out at any one point of a server's work: a connection may end by it, its place in the limits is free again.
#include "rpc/base/text.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/server/server_fixture.hpp"

#include <cstdlib>
#include <new>

using namespace rpctls;
using namespace rpctls::test;

namespace {

std::atomic<long> until_failure{0};        ///< allocations of a server's threads; 0: none will fail
thread_local bool belongs_to_test = false; ///< this thread's allocations do not fail

void *allocate(std::size_t size) {
    if (!belongs_to_test && until_failure.load() > 0 && until_failure.fetch_sub(1) == 1)
        return nullptr;
    return std::malloc(size);
}

void *allocate_or_throw(std::size_t size) {
    if (void *room = allocate(size))
        return room;
    throw std::bad_alloc();
}

} // namespace

void *operator new(std::size_t size) {
    return allocate_or_throw(size);
}
void *operator new[](std::size_t size) {
    return allocate_or_throw(size);
}
void *operator new(std::size_t size, const std::nothrow_t &) noexcept {
    return allocate(size);
}
void *operator new[](std::size_t size, const std::nothrow_t &) noexcept {
    return allocate(size);
}
void operator delete(void *room) noexcept {
    std::free(room);
}
void operator delete[](void *room) noexcept {
    std::free(room);
}
void operator delete(void *room, std::size_t) noexcept {
    std::free(room);
}
void operator delete[](void *room, std::size_t) noexcept {
    std::free(room);
}

BOOST_AUTO_TEST_SUITE(server_memory)

namespace {

const std::string accepted = hex(octets("00000001 00000000 00000000 00000000 00000000"));

/// For one that has ended and is not missed yet, and one that is served.
void two_places(rpctls_params *params) {
    rpctls_params_set_connection_limits(params, 2, 2);
}

std::string call_in_clear(Caller &caller) {
    return caller.call(proc_null);
}

/// One connection with one call for each allocation that the server makes for it: that one fails. Places that were not
/// given back are missed by the next.
void fail_each_allocation(std::uint16_t port, long least, const std::function<std::string(Caller &)> &call) {
    belongs_to_test = true;
    long failed = 0;
    // One may be turned away, since those before it are not missed yet, and needs less.
    for (int not_reached = 0; not_reached < 5;) {
        {
            until_failure = failed + 1;
            Caller unlucky(port);
            (void)call(unlucky);
        }
        if (until_failure.exchange(0) <= 0) {
            ++failed;
            not_reached = 0;
        } else {
            ++not_reached;
        }
        bool is_served = false;
        BOOST_TEST_REQUIRE(FaceServer::eventually([&] {
                               Caller next(port);
                               return is_served = is_served || call(next) == accepted;
                           }),
                           "no place after allocation " << failed << " failed");
    }
    BOOST_TEST(failed > least);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_Server_gives_a_place_back_whatever_allocation_fails) {
    FaceServer served(RPCTLS_POLICY_OPPORTUNISTIC, two_places);
    fail_each_allocation(served.port(), 5, call_in_clear);
    BOOST_TEST(FaceServer::eventually([&] { return served.server->connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_Server_goes_on_whatever_allocation_of_a_handshake_fails) {
    FaceServer served(RPCTLS_POLICY_MTLS, two_places);
    fail_each_allocation(served.port(), 40, [&](Caller &caller) {
        const std::string begun = caller.start_tls(served.files, &served.files.client);
        return begun == "done" ? caller.call(proc_null) : begun;
    });
    BOOST_TEST(FaceServer::eventually([&] { return served.server->connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_reload_ends_the_session_of_a_revoked_client_whatever_allocation_fails) {
    belongs_to_test = true;
    const Files files;
    files.write("crl.pem", revoke(files.ca, {}));
    FaceServer served(RPCTLS_POLICY_MTLS, [&](rpctls_params *params) {
        files.serve(params);
        rpctls_params_set_crl(params, files.path("crl.pem").c_str());
    });
    long failed = 0;
    for (bool reached = true; reached; failed += reached ? 1 : 0) {
        files.write("crl.pem", revoke(files.ca, {}));
        BOOST_TEST_REQUIRE(served.server->reload().has_value());
        Caller caller(served.port());
        BOOST_TEST_REQUIRE(caller.start_tls(files, &files.client) == "done");
        BOOST_TEST_REQUIRE(caller.call(proc_null) == accepted);
        files.write("crl.pem", revoke(files.ca, {files.client}));
        until_failure = failed + 1;
        BOOST_TEST_REQUIRE(served.server->reload().has_value());
        BOOST_TEST_REQUIRE(FaceServer::eventually([&] { return served.server->connections() == 0; }),
                           "the session goes on after allocation " << failed + 1 << " failed");
        reached = until_failure.exchange(0) <= 0;
    }
    BOOST_TEST(failed > 2);
}

BOOST_AUTO_TEST_CASE(a_transport_of_libtirpc_s_gives_a_place_back_whatever_allocation_fails) {
    Served served(RPCTLS_POLICY_OPPORTUNISTIC, two_places);
    fail_each_allocation(served.port(), 5, call_in_clear);
}

BOOST_AUTO_TEST_SUITE_END()
