// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/possession.hpp"

#include "rpc/base/text.hpp"
#include "tests/unit/keys/other_keyrings.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <thread>

using namespace rpctls;
using namespace rpctls::keys;

namespace {

std::string payload(Serial key) {
    const auto read = read_key(key);
    return read ? std::string(as_text(read->bytes())) : read.error().name;
}

std::string payload_on_another_thread(Serial key) {
    std::string text;
    std::thread([&] { text = payload(key); }).join();
    return text;
}

struct TwoRequests {
    test::OtherKeyrings others;
    Serial first = others.keyring("first");
    Serial second = others.keyring("second");
    Serial key_of_first = others.key(first, "a", "secret of the first");
    Serial key_of_second = others.key(second, "b", "secret of the second");
};

} // namespace

BOOST_AUTO_TEST_SUITE(possession)

BOOST_FIXTURE_TEST_CASE(keys_of_a_keyring_can_be_read_while_it_is_possessed_and_not_before_or_after,
                        TwoRequests) {
    BOOST_TEST(payload(key_of_first) == "key-unreadable");
    {
        const Possession possession(std::array{first});
        BOOST_TEST(payload(key_of_first) == "secret of the first");
    }
    BOOST_TEST(payload(key_of_first) == "key-unreadable");
}

BOOST_FIXTURE_TEST_CASE(the_keys_of_another_request_stay_out_of_reach_even_by_serial, TwoRequests) {
    const Possession possession(std::array{first});
    BOOST_TEST(payload(key_of_second) == "key-unreadable");
}

BOOST_FIXTURE_TEST_CASE(another_thread_has_no_part_in_it, TwoRequests) {
    const Possession possession(std::array{first});
    BOOST_TEST(payload_on_another_thread(key_of_first) == "key-unreadable");
}

BOOST_FIXTURE_TEST_CASE(what_was_left_in_the_thread_keyring_is_not_there_either, TwoRequests) {
    BOOST_TEST(keyctl_link(second, KEY_SPEC_THREAD_KEYRING) == 0);
    const Possession possession(std::array{first});
    BOOST_TEST(payload(key_of_second) == "key-unreadable");
}

BOOST_FIXTURE_TEST_CASE(a_keyring_that_is_not_there_does_not_keep_the_others_away, TwoRequests) {
    const Possession possession(std::array{Serial{INT32_MAX}, first});
    BOOST_TEST(payload(key_of_first) == "secret of the first");
}

BOOST_FIXTURE_TEST_CASE(what_the_kernel_links_into_the_process_keyring_is_forgotten, TwoRequests) {
    BOOST_TEST(keyctl_link(first, KEY_SPEC_PROCESS_KEYRING) == 0); // what accepting a request does
    BOOST_TEST(payload(key_of_first) == "secret of the first");
    BOOST_TEST(clear_process_keyring().has_value());
    BOOST_TEST(payload(key_of_first) == "key-unreadable");
}

BOOST_AUTO_TEST_SUITE_END()
