// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/revocation_list.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/certificate_request.hpp"
#include "rpc/tls/issuer.hpp"
#include "rpc/tls/revocation_entries.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::tls;
using namespace std::chrono_literals;

namespace {

IssuedPair ca(KeyKind key = KeyKind::ecdsa_p256) {
    return make_ca({"Test CA", key, std::chrono::hours(24 * 30)}).value();
}

Time moment(std::time_t seconds) {
    return std::chrono::system_clock::from_time_t(seconds);
}

const RevocationList two{
    .number = 7,
    .this_update = moment(1800000000),
    .next_update = moment(1802592000),
    .revoked = {{"5a1c9e0f3b7d4286a0c4e8f1d2b39577", moment(1799999999), RevocationReason::key_compromise},
                {"00f1", moment(2524608000), RevocationReason::unspecified}}};

Result<RevocationList> round_trip(const RevocationList &list, const IssuedPair &issuer) {
    const auto pem = sign_revocation_list(list, issuer.certificate_pem, issuer.private_key_pem);
    return pem ? read_revocation_list(*pem, "test", issuer.info) : Result<RevocationList>(pem.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(revocation_list)

BOOST_AUTO_TEST_CASE(what_is_signed_is_what_is_read_whatever_the_key) {
    for (const KeyKind kind :
         {KeyKind::ecdsa_p256, KeyKind::ecdsa_p384, KeyKind::rsa_3072, KeyKind::ed25519}) {
        const auto list = round_trip(two, ca(kind));
        BOOST_TEST_REQUIRE(list.has_value());
        BOOST_TEST(list->number == 7u);
        BOOST_TEST((list->this_update == two.this_update));
        BOOST_TEST((list->next_update == two.next_update));
        BOOST_TEST_REQUIRE(list->revoked.size() == 2u);
        for (std::size_t i = 0; i < 2; ++i) {
            BOOST_TEST(list->revoked[i].serial == two.revoked[i].serial);
            BOOST_TEST(
                (list->revoked[i].time == two.revoked[i].time)); // the second is of 2050: GeneralizedTime
            BOOST_TEST((list->revoked[i].reason == two.revoked[i].reason));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_list_may_be_empty_and_may_be_long) {
    const IssuedPair issuer = ca();
    RevocationList list = two;
    list.revoked.clear();
    BOOST_TEST(round_trip(list, issuer).value().revoked.empty());
    for (unsigned i = 0; i < 3000; ++i)
        list.revoked.push_back({"41" + hex(std::as_bytes(std::span(&i, 1))), two.this_update, {}});
    list.number = UINT64_C(0x80ff00ff00ff00);
    const auto read = round_trip(list, issuer);
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->revoked.size() == 3000u);
    BOOST_TEST(read->number == list.number);
    BOOST_TEST(read->find(list.revoked[2999].serial) == &read->revoked[2999]);
}

BOOST_AUTO_TEST_CASE(serials_are_found_with_and_without_leading_zeros) {
    BOOST_TEST(two.find("f1") == &two.revoked[1]);
    BOOST_TEST(two.find("0000f1") == &two.revoked[1]);
    BOOST_TEST(two.find("f100") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_serial_is_hexadecimal_and_no_longer_than_rfc_5280_has_it) {
    BOOST_TEST(parse_serial("5A:1c").value() == "5a1c");
    for (const char *none : {"", "5", "5a1", "5g", "client1", "-1"})
        BOOST_TEST(!parse_serial(none).has_value(), none);
    BOOST_TEST(parse_serial(std::string(42, 'a')).has_value());
    BOOST_TEST(!parse_serial(std::string(44, 'a')).has_value());
    RevocationList list = two;
    list.revoked[0].serial = "no serial";
    BOOST_TEST(round_trip(list, ca()).error().name == "revocation-invalid");
}

BOOST_AUTO_TEST_CASE(a_list_of_another_ca_or_a_damaged_one_is_refused) {
    const IssuedPair issuer = ca();
    const IssuedPair other = ca(); // of the same name
    const std::string pem = sign_revocation_list(two, issuer.certificate_pem, issuer.private_key_pem).value();
    BOOST_TEST(read_revocation_list(pem, "test", other.info).error().name == "crl-of-another-ca");
    BOOST_TEST(read_revocation_list("", "test", issuer.info).error().name == "crl-unreadable");
    BOOST_TEST(read_revocation_list(pem.substr(0, pem.size() / 2), "test", issuer.info).error().name ==
               "crl-unreadable");
    for (std::size_t at = pem.find('\n') + 1; at + 30 < pem.size(); ++at) {
        std::string damaged = pem;
        damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
        if (damaged != pem && pem[at] != '\n')
            BOOST_TEST(!read_revocation_list(damaged, "test", issuer.info).has_value(), "octet " << at);
    }
}

BOOST_AUTO_TEST_CASE(cut_short_anywhere_entries_and_frames_are_refused_and_never_misread) {
    // SEQUENCE { INTEGER 65, UTCTime }, twice.
    constexpr std::string_view entry("\x30\x12\x02\x01\x41\x17\x0d"
                                     "260101000000Z",
                                     20);
    const std::string octets = std::string(entry) + std::string(entry);
    for (std::size_t size = 0; size <= octets.size(); ++size) {
        const auto read = read_revocations(as_bytes(octets).first(size));
        BOOST_TEST(read.has_value() == (size % entry.size() == 0), size);
        if (read)
            BOOST_TEST(read->size() == size / entry.size());
        BOOST_TEST(!take_revocation_frame(as_bytes(octets).first(size)).has_value());
    }
}

BOOST_AUTO_TEST_CASE(only_a_ca_signs_lists) {
    const IssuedPair issuer = ca();
    const Time now = std::chrono::system_clock::now();
    const auto leaf = issue({.common_name = "leaf",
                             .profile = Profile::client,
                             .dns_names = {},
                             .ip_addresses = {},
                             .not_before = now - 5min,
                             .not_after = now + 1h},
                            issuer.certificate_pem, issuer.private_key_pem)
                          .value();
    BOOST_TEST(sign_revocation_list(two, leaf.certificate_pem, leaf.private_key_pem).error().name ==
               "not-a-ca");
    BOOST_TEST(is_issued_by(leaf.info, issuer.info));
    BOOST_TEST(!is_issued_by(leaf.info, ca().info)); // of the same name
    BOOST_TEST((profile_of(leaf.info) == Profile::client));
}

BOOST_AUTO_TEST_CASE(reasons_have_words) {
    for (const char *word : {"unspecified", "key-compromise", "affiliation-changed", "superseded",
                             "cessation-of-operation", "privilege-withdrawn"})
        BOOST_TEST(to_string(revocation_reason(word).value()) == word);
    BOOST_TEST(!revocation_reason("hold").has_value());
    BOOST_TEST(to_string(static_cast<RevocationReason>(6)) == "reason-6");
}

BOOST_AUTO_TEST_CASE(a_request_for_the_key_of_the_ca_is_refused) {
    const IssuedPair issuer = ca();
    const Time now = std::chrono::system_clock::now();
    const LeafRequest wanted{.common_name = "client",
                             .profile = Profile::client,
                             .dns_names = {},
                             .ip_addresses = {},
                             .not_before = now - 5min,
                             .not_after = now + 1h};
    const auto request = make_certificate_request(wanted, issuer.private_key_pem).value();
    BOOST_TEST(is_request_for(as_bytes(request.request_pem), issuer.private_key_pem));
    BOOST_TEST(!is_request_for(as_bytes(request.request_pem), ca().private_key_pem));
    BOOST_TEST(sign_request(wanted, as_bytes(request.request_pem), "test", issuer.certificate_pem,
                            issuer.private_key_pem)
                   .error()
                   .name == "request-key-of-ca");
}

BOOST_AUTO_TEST_SUITE_END()
