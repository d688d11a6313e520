// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/fd.hpp"
#include "rpc/face/error.hpp"
#include "rpctls/rpctls.h"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>

#include <stdexcept>
#include <string>

using namespace rpctls;
using namespace rpctls::face;

namespace {

struct Pair {
    Pair() {
        int both[2];
        BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) == 0);
        ours = Fd(both[0]);
        peer = Fd(both[1]);
    }
    bool can_send() const { return ::send(ours.get(), "secret", 6, MSG_NOSIGNAL) == 6; }
    Fd ours;
    Fd peer;
};

} // namespace

BOOST_AUTO_TEST_SUITE(c_error)

BOOST_AUTO_TEST_CASE(a_body_that_breaks_off_ends_the_connection_it_was_given) {
    const Pair short_of_memory;
    BOOST_TEST(guarded([]() -> int { throw std::bad_alloc(); }, short_of_memory.ours.get()) == -1);
    BOOST_TEST(rpctls_error_connection_ended(rpctls_last_error()) == 1);
    BOOST_TEST(std::string(rpctls_error_name(rpctls_last_error())) == "out-of-memory");
    BOOST_TEST(!short_of_memory.can_send());

    const Pair broken;
    BOOST_TEST(guarded([]() -> int { throw std::runtime_error("odd"); }, broken.ours.get()) == -1);
    BOOST_TEST(rpctls_error_connection_ended(rpctls_last_error()) == 1);
    BOOST_TEST(std::string(rpctls_error_name(rpctls_last_error())) == "internal");
    BOOST_TEST(!broken.can_send());
}

BOOST_AUTO_TEST_CASE(a_body_that_fails_in_order_leaves_the_connection_to_its_own_word) {
    const Pair pair;
    BOOST_TEST(guarded([] { return senseless("no"); }, pair.ours.get()) == -1);
    BOOST_TEST(rpctls_error_connection_ended(rpctls_last_error()) == 0);
    BOOST_TEST(pair.can_send());
    BOOST_TEST(guarded([] { return 0; }, pair.ours.get()) == 0);
    BOOST_TEST(rpctls_last_error() == nullptr);
}

BOOST_AUTO_TEST_CASE(without_a_connection_nothing_is_ended) {
    BOOST_TEST(guarded([]() -> int { throw std::bad_alloc(); }) == -1);
    BOOST_TEST(rpctls_error_connection_ended(rpctls_last_error()) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
