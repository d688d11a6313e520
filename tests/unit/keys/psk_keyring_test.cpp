// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/psk_keyring.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/keyring_contents.hpp"
#include "rpc/keys/possession.hpp"
#include "rpc/keys/psk.hpp"
#include "tests/unit/keys/other_keyrings.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

using namespace rpctls;
using namespace rpctls::keys;

namespace {

/// A keyring that the test possesses, as tlsctl does those of the system.
struct Ring {
    test::OtherKeyrings others;
    Serial ring = others.keyring("ring");
    std::array<Serial, 1> rings{ring};
    Possession possession{rings};
};

PskRecord record(std::string identity, char filling = 'x', PskLayout layout = PskLayout::user) {
    return {std::move(identity), layout, 2, "ring", Secret(as_bytes(std::string(32, filling)))};
}

std::string payload(Serial key) {
    const auto secret = read_key(key);
    return secret ? std::string(as_text(secret->bytes())) : secret.error().name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(psk_keyring)

BOOST_FIXTURE_TEST_CASE(a_key_is_put_there_for_possessors_and_keeps_its_serial_when_it_changes, Ring) {
    BOOST_TEST(!look_up_psk(ring, record("me"))->complete);
    const auto serials = publish_psk(ring, record("me"));
    BOOST_TEST_REQUIRE(serials.has_value());
    BOOST_TEST_REQUIRE(serials->size() == 1u);
    const auto described = describe_key(serials->front());
    BOOST_TEST_REQUIRE(described.has_value());
    BOOST_TEST(described->type == "user");
    BOOST_TEST(described->description == "me");
    BOOST_TEST(described->permissions == 0x3f010000u);
    BOOST_TEST(look_up_psk(ring, record("me"))->same);
    BOOST_TEST(!look_up_psk(ring, record("me", 'y'))->same);
    const auto again = publish_psk(ring, record("me", 'y'));
    BOOST_TEST((*again == *serials));
    BOOST_TEST(payload(serials->front()) == std::string(32, 'y'));
    BOOST_TEST(as_text((*find_psk(rings, "me"))->secret.bytes()) == std::string(32, 'y'));
}

BOOST_FIXTURE_TEST_CASE(it_is_taken_off_and_its_neighbours_stay, Ring) {
    BOOST_TEST_REQUIRE(publish_psk(ring, record("me")).has_value());
    BOOST_TEST_REQUIRE(publish_psk(ring, record("me2")).has_value());
    BOOST_TEST_REQUIRE(withdraw_psk(ring, record("me")).has_value());
    BOOST_TEST_REQUIRE(withdraw_psk(ring, record("me")).has_value());
    BOOST_TEST(!look_up_psk(ring, record("me"))->complete);
    BOOST_TEST(look_up_psk(ring, record("me2"))->same);
    BOOST_TEST(keyring_contents(ring).size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(the_tls_hs_layout_is_two_keys_of_which_neither_is_an_identity, Ring) {
    const auto pair = record("disk.example", 'x', PskLayout::tls_hs);
    const auto serials = publish_psk(ring, pair);
    BOOST_TEST_REQUIRE(serials.has_value());
    BOOST_TEST_REQUIRE(serials->size() == 2u);
    BOOST_TEST(describe_key(serials->at(0))->description == "psk-2-id");
    BOOST_TEST(payload(serials->at(0)) == "disk.example");
    BOOST_TEST(describe_key(serials->at(1))->description == "psk-2-master");
    BOOST_TEST(payload(serials->at(1)) == std::string(32, 'x'));
    BOOST_TEST(look_up_psk(ring, pair)->same);
    // Whoever offers "psk-2-id" would prove no more than that it knows what goes over the wire.
    BOOST_TEST(!find_psk(rings, "psk-2-id")->has_value());
    BOOST_TEST(!read_psk(serials->at(0)).has_value());
    BOOST_TEST_REQUIRE(withdraw_psk(ring, pair).has_value());
    BOOST_TEST(keyring_contents(ring).empty());
}

BOOST_FIXTURE_TEST_CASE(a_kernel_without_the_module_is_told_of, Ring) {
    const auto serials = publish_psk(ring, record("NVMe0R01 a b", 'x', PskLayout::nvme));
    if (!serials) { // with nvme-keyring.ko there is nothing to tell
        BOOST_TEST(serials.error().name == "psk-type-unknown");
        BOOST_TEST(serials.error().hint.find("modprobe") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
