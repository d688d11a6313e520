// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/pem.hpp"

#include "rpc/base/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;

namespace {

std::vector<std::string> texts(std::string_view pem, std::string_view label) {
    auto blocks = pem_blocks(as_bytes(pem), label, "test.pem");
    BOOST_TEST_REQUIRE(blocks.has_value());
    std::vector<std::string> texts;
    for (const auto &block : *blocks)
        texts.emplace_back(as_text(block.bytes()));
    return texts;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pem)

BOOST_AUTO_TEST_CASE(blocks_are_found_by_the_end_of_their_label_between_other_text) {
    const auto found =
        texts("Bag Attributes\n-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n"
              "-----BEGIN EC PRIVATE KEY-----\r\naGVs\r\nbG8=\r\n-----END EC PRIVATE KEY-----\r\n"
              "-----BEGIN PRIVATE KEY-----\nYQ==\n-----END PRIVATE KEY-----",
              "PRIVATE KEY");
    BOOST_TEST_REQUIRE(found.size() == 2u);
    BOOST_TEST(found[0] == "hello");
    BOOST_TEST(found[1] == "a");
    BOOST_TEST(texts("no block at all", "CERTIFICATE").empty());
}

BOOST_AUTO_TEST_CASE(a_block_that_is_cut_or_not_base64_is_an_error_that_names_the_file) {
    for (const auto *bad : {"-----BEGIN CERTIFICATE-----\nYWJj\n", "-----BEGIN CERTIFICATE",
                            "-----BEGIN X-----\nYWJj\n-----END Y-----",
                            "-----BEGIN CERTIFICATE-----\nYWJ\n-----END CERTIFICATE-----",
                            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
                            "-----BEGIN CERTIFICATE-----\nYW=j\n-----END CERTIFICATE-----",
                            "-----BEGIN CERTIFICATE-----\nY===\n-----END CERTIFICATE-----",
                            "-----BEGIN CERTIFICATE-----\nYW*j\n-----END CERTIFICATE-----"}) {
        const auto blocks = pem_blocks(as_bytes(bad), "CERTIFICATE", "a.pem");
        BOOST_TEST_REQUIRE(!blocks.has_value(), bad);
        BOOST_TEST(blocks.error().name == "pem-malformed");
        BOOST_TEST(blocks.error().what.find("a.pem") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
