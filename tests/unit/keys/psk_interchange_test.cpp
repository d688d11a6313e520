// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/psk_interchange.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/psk_encoding.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rpctls;
using namespace rpctls::keys;

namespace {

/// 01 02 03 …, what the vectors below are made of with nvme gen-tls-key --secret (nvme-cli 2.16).
Secret counting(std::size_t octets) {
    Secret key(octets);
    for (std::size_t i = 0; i < octets; ++i)
        key.bytes()[i] = static_cast<std::byte>(i + 1);
    return key;
}

const std::string sha256_text = "NVMeTLSkey-1:01:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAl7OaH:";
const std::string sha384_text =
    "NVMeTLSkey-1:02:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wyg3Bcw==:";

std::string text_of(const Secret &secret) {
    return std::string(as_text(secret.bytes()));
}

std::string fault(std::string_view text, std::optional<PskFormat> format = {}) {
    const auto key = parse_psk(text, format);
    return key ? "none" : key.error().name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(psk_interchange)

BOOST_AUTO_TEST_CASE(the_interchange_format_is_that_of_nvme_cli_to_the_octet) {
    BOOST_TEST(text_of(format_psk(counting(32), PskFormat::interchange, PskTransform::sha256)) ==
               sha256_text);
    BOOST_TEST(text_of(format_psk(counting(48), PskFormat::interchange, PskTransform::sha384)) ==
               sha384_text);
    for (const auto &[text, octets, transform] : {std::tuple(sha256_text, 32U, PskTransform::sha256),
                                                  std::tuple(sha384_text, 48U, PskTransform::sha384)}) {
        const auto key = parse_psk(" " + text + "\r\n");
        BOOST_TEST_REQUIRE(key.has_value());
        BOOST_TEST(key->secret.equals(counting(octets).bytes()));
        BOOST_TEST((key->transform == transform));
        BOOST_TEST((key->format == PskFormat::interchange));
        BOOST_TEST(!key->derived);
    }
}

BOOST_AUTO_TEST_CASE(hash_00_goes_with_either_length_and_the_others_with_their_own) {
    auto text = sha256_text;
    text[14] = '0';
    BOOST_TEST((parse_psk(text)->transform == PskTransform::none));
    text[14] = '2';
    BOOST_TEST(fault(text) == "psk-length-invalid");
    text = sha384_text;
    text[14] = '0';
    BOOST_TEST((parse_psk(text)->transform == PskTransform::none));
    text[14] = '1';
    BOOST_TEST(fault(text) == "psk-length-invalid");
}

BOOST_AUTO_TEST_CASE(a_key_that_was_changed_on_the_way_is_refused_wherever_it_was) {
    for (const auto &text : {sha256_text, sha384_text})
        for (std::size_t at = 0; at < text.size(); ++at) {
            auto changed = text;
            changed[at] = changed[at] == 'b' ? 'c' : 'b';
            BOOST_TEST(fault(changed) != "none", changed);
            BOOST_TEST(fault(text.substr(0, at)) != "none");
        }
    auto wrong = sha256_text;
    wrong[20] = wrong[20] == 'A' ? 'B' : 'A';
    BOOST_TEST(fault(wrong) == "psk-checksum-wrong");
    auto unknown = sha256_text;
    unknown[11] = '2';
    BOOST_TEST(fault(unknown) == "psk-format-invalid");
}

BOOST_AUTO_TEST_CASE(an_error_never_repeats_the_key) {
    auto wrong = sha256_text;
    wrong[20] = '!';
    const auto key = parse_psk(wrong);
    BOOST_TEST_REQUIRE(!key.has_value());
    BOOST_TEST(message("tlsctl", key.error()).find(wrong.substr(21, 6)) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_plain_key_is_known_by_its_looks_or_by_what_it_was_said_to_be) {
    for (const std::size_t octets : {32U, 48U})
        for (const auto format : {PskFormat::hex, PskFormat::base64}) {
            const auto text = text_of(format_psk(counting(octets), format, PskTransform::none));
            for (const auto told : {std::optional<PskFormat>(), std::optional(format)}) {
                const auto key = parse_psk(text + "\n", told);
                BOOST_TEST_REQUIRE(key.has_value(), text);
                BOOST_TEST(key->secret.equals(counting(octets).bytes()));
                BOOST_TEST((key->format == format));
            }
        }
    // 64 digits are hexadecimal unless somebody knows better.
    const std::string digits(64, 'a');
    BOOST_TEST(parse_psk(digits)->secret.size() == 32u);
    BOOST_TEST(parse_psk(digits, PskFormat::base64)->secret.size() == 48u);
    BOOST_TEST(fault(sha256_text, PskFormat::hex) == "psk-format-invalid");
}

BOOST_AUTO_TEST_CASE(keys_of_other_lengths_are_refused) {
    for (const std::size_t octets : {1U, 16U, 31U, 33U, 47U, 49U, 64U})
        for (const auto format : {PskFormat::interchange, PskFormat::hex, PskFormat::base64})
            BOOST_TEST(fault(text_of(format_psk(counting(octets), format, PskTransform::none)), format) ==
                       "psk-length-invalid");
    for (const std::string text :
         {"", " \n", "NVMeTLSkey-", "NVMeTLSkey-1:01::", "secret", "NVMeTLSkey-1:01:AQID:"})
        BOOST_TEST(fault(text) != "none", text);
}

BOOST_AUTO_TEST_CASE(base64_is_that_of_rfc_4648_and_has_one_text_for_each_secret) {
    for (const auto &[plain, encoded] :
         {std::pair("f", "Zg=="), std::pair("fo", "Zm8="), std::pair("foo", "Zm9v"),
          std::pair("foob", "Zm9vYg=="), std::pair("fooba", "Zm9vYmE="), std::pair("foobar", "Zm9vYmFy")}) {
        BOOST_TEST(text_of(to_base64(as_bytes(plain))) == encoded);
        const auto back = from_base64(encoded);
        BOOST_TEST_REQUIRE(back.has_value());
        BOOST_TEST(text_of(*back) == plain);
    }
    for (const char *text : {"", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm-_"})
        BOOST_TEST(!from_base64(text).has_value(), text);
    BOOST_TEST(text_of(*from_hex("6f4F")) == "oO");
    for (const char *text : {"", "6", "6g", "0x6f", " 6f"})
        BOOST_TEST(!from_hex(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
