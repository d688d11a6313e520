// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/keyring_names.hpp"

#include "tests/unit/keys/other_keyrings.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

using namespace rpctls;
using namespace rpctls::keys;

BOOST_AUTO_TEST_SUITE(keyring_names)

BOOST_AUTO_TEST_CASE(a_number_is_its_own_serial) {
    KeyringNames names;
    BOOST_TEST(names.find("123456").value_or(0) == 123456);
    BOOST_TEST(names.find("0x1f").value_or(0) == 31);
}

BOOST_AUTO_TEST_CASE(what_is_no_serial_is_not_taken_for_one) {
    for (const char *text : {"", "0", "-1", "0x", "12a", "99999999999"})
        BOOST_TEST(!parse_serial(text).has_value());
}

BOOST_AUTO_TEST_CASE(a_keyring_of_root_is_found_by_name_and_forgotten_with_its_end) {
    KeyringNames names;
    BOOST_TEST(!names.find("rpctls-test-names").has_value());
    Serial serial = 0;
    {
        test::OtherKeyrings others;
        serial = others.keyring("rpctls-test-other-name");
        const auto found = names.find("rpctls-test-other-name");
        // Only root's keyrings have names for us: anybody may call theirs .nvme.
        BOOST_TEST(found.value_or(0) == (::getuid() == 0 ? serial : 0));
        BOOST_TEST(is_root_keyring(serial, "rpctls-test-other-name") == (::getuid() == 0));
        BOOST_TEST(!is_root_keyring(serial, "rpctls-test-another-name"));
    }
    for (int i = 0; i < 200 && is_root_keyring(serial, "rpctls-test-other-name"); ++i)
        ::usleep(10'000); // the kernel collects it a moment after its thread
    BOOST_TEST(names.find("rpctls-test-other-name").value_or(0) != serial);
}

BOOST_AUTO_TEST_SUITE_END()
