// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/psk.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/possession.hpp"
#include "tests/unit/keys/other_keyrings.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

using namespace rpctls;
using namespace rpctls::keys;

namespace {

struct Target {
    test::OtherKeyrings others;
    Serial ring = others.keyring("target");
    Serial key = others.key(ring, "NVMe0R01 host; with a semicolon disk", "secret");
    std::array<Serial, 1> rings{ring};
};

std::string found(std::span<const Serial> rings, std::string_view identity) {
    const auto psk = find_psk(rings, identity);
    return !psk ? psk.error().name : *psk ? std::string(as_text((*psk)->secret.bytes())) : "nothing";
}

} // namespace

BOOST_AUTO_TEST_SUITE(psk)

BOOST_FIXTURE_TEST_CASE(a_key_is_its_description_and_its_payload, Target) {
    const Possession possession(rings);
    const auto psk = read_psk(key);
    BOOST_TEST_REQUIRE(psk.has_value());
    BOOST_TEST(psk->serial == key);
    BOOST_TEST(psk->identity == "NVMe0R01 host; with a semicolon disk");
    BOOST_TEST(as_text(psk->secret.bytes()) == "secret");
}

BOOST_FIXTURE_TEST_CASE(a_key_is_found_by_its_whole_identity_only, Target) {
    const Possession possession(rings);
    BOOST_TEST(found(rings, "NVMe0R01 host; with a semicolon disk") == "secret");
    BOOST_TEST(found(rings, "NVMe0R01 host; with a semicolon dis") == "nothing");
    BOOST_TEST(found(rings, "NVMe0R01 host; with a semicolon disk2") == "nothing");
    BOOST_TEST(found(rings, "") == "nothing");
}

BOOST_FIXTURE_TEST_CASE(hostile_identities_are_no_descriptions, Target) {
    const Possession possession(rings);
    BOOST_TEST(found(rings, std::string_view("NVMe0R01 host; with a semicolon disk\0x", 38)) == "nothing");
    BOOST_TEST(found(rings, "a\nb") == "nothing");
    BOOST_TEST(found(rings, std::string(1025, 'a')) == "nothing");
}

BOOST_FIXTURE_TEST_CASE(only_the_keyrings_of_the_request_are_looked_through, Target) {
    const Serial other = others.keyring("another");
    others.key(other, "mine", "other secret");
    {
        const Possession possession(rings);
        BOOST_TEST(found(rings, "mine") == "nothing");
        BOOST_TEST(found(std::array{other}, "mine") != "other secret"); // named, but not possessed
    }
    const std::array both{ring, other};
    const Possession possession(both);
    BOOST_TEST(found(both, "mine") == "other secret");
}

BOOST_FIXTURE_TEST_CASE(a_keyring_is_no_key_and_a_missing_one_is_named, Target) {
    const Possession possession(rings);
    const auto keyring = read_psk(ring);
    BOOST_TEST_REQUIRE(!keyring.has_value());
    BOOST_TEST(keyring.error().name == "psk-invalid");
    const auto missing = read_psk(INT32_MAX);
    BOOST_TEST_REQUIRE(!missing.has_value());
    BOOST_TEST(missing.error().name == "key-missing");
}

BOOST_AUTO_TEST_SUITE_END()
