// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/secret.hpp"

#include "rpc/base/text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include <type_traits>

using namespace rpctls;

BOOST_AUTO_TEST_SUITE(secret)

BOOST_AUTO_TEST_CASE(a_secret_moves_but_is_never_copied) {
    static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
    Secret first(as_bytes("key material"));
    Secret second(std::move(first));
    BOOST_TEST(first.empty());
    BOOST_TEST(as_text(second.bytes()) == "key material");
    second = Secret(as_bytes("another"));
    BOOST_TEST(as_text(second.bytes()) == "another");
}

BOOST_AUTO_TEST_CASE(shrinking_keeps_the_beginning) {
    Secret secret(20000);
    secret.bytes()[0] = std::byte{'a'};
    secret.shrink(5000);
    BOOST_TEST(secret.size() == 5000u);
    secret.shrink(1);
    BOOST_TEST(as_text(secret.bytes()) == "a");
    secret.shrink(0);
    BOOST_TEST(secret.empty());
}

BOOST_AUTO_TEST_CASE(equality_looks_at_every_octet) {
    const Secret secret(as_bytes("abcd"));
    BOOST_TEST(secret.equals(as_bytes("abcd")));
    BOOST_TEST(!secret.equals(as_bytes("abcX")));
    BOOST_TEST(!secret.equals(as_bytes("Xbcd")));
    BOOST_TEST(!secret.equals(as_bytes("abc")));
    BOOST_TEST(secret.duplicate().equals(secret.bytes()));
}

BOOST_AUTO_TEST_CASE(wiping_leaves_zeros) {
    std::byte memory[32];
    for (std::byte &byte : memory)
        byte = std::byte{0x5a};
    wipe(memory);
    for (const std::byte byte : memory)
        BOOST_TEST(std::to_integer<int>(byte) == 0);
}

BOOST_AUTO_TEST_CASE(small_secrets_use_a_wiped_place_again_and_large_ones_have_their_own) {
    const std::byte *place = nullptr;
    {
        const Secret first(as_bytes("the first"));
        place = first.bytes().data();
    }
    const Secret second(std::size_t{64});
    BOOST_TEST(second.bytes().data() == place);
    for (const std::byte octet : second.bytes())
        BOOST_TEST((octet == std::byte{}));
    std::vector<Secret> many;
    for (int i = 0; i < 1000; ++i)
        many.emplace_back(as_bytes(std::to_string(i)));
    const Secret large(std::size_t{100000});
    for (int i = 0; i < 1000; ++i)
        BOOST_TEST(as_text(many[static_cast<std::size_t>(i)].bytes()) == std::to_string(i));
}

BOOST_AUTO_TEST_SUITE_END()
