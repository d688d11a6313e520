// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/engine/record_protection.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/engine/key_schedule.hpp"
#include "rpc/tls/gnutls_handles.hpp"
#include "tests/unit/tls/rfc8448.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

using namespace rpctls;
using namespace rpctls::tls;
using namespace rpctls::test;

namespace {

using Octets = std::vector<std::byte>;
constexpr auto all_ciphers = {KtlsCipher::aes_128_gcm, KtlsCipher::aes_256_gcm,
                              KtlsCipher::chacha20_poly1305};

Octets counting(std::size_t size, unsigned first = 0) {
    Octets octets(size);
    for (std::size_t i = 0; i < size; ++i)
        octets[i] = static_cast<std::byte>(first + i);
    return octets;
}

TrafficKeys keys_of(KtlsCipher cipher, unsigned first = 1) {
    return derive_traffic_keys(cipher, Secret(counting(size_of(hash_of(cipher)), first)));
}

RecordProtection rfc8448_protection(const Octets &secret) {
    return RecordProtection(derive_traffic_keys(KtlsCipher::aes_128_gcm, Secret(secret)));
}

/// The record, sealed into room of its own.
Octets sealed(const RecordProtection &protection, std::uint64_t sequence, ContentType type,
              std::span<const std::byte> content, std::size_t padding = 0) {
    Octets record(content.size() + padding + record_overhead);
    const auto size = protection.seal(sequence, type, content, record, padding);
    BOOST_TEST_REQUIRE(size.has_value());
    BOOST_TEST(*size == record.size());
    return record;
}

/// "TYPE CONTENT", or the name of the error.
std::string opened(const RecordProtection &protection, std::uint64_t sequence, Octets record) {
    const auto content = protection.open(sequence, record);
    return content ? std::to_string(static_cast<unsigned>(content->type)) + " " + hex(content->content)
                   : content.error().name;
}

/// Seals what seal() would refuse, by hand.
Octets sealed_by_hand(const TrafficKeys &keys, const Octets &inner) {
    const std::size_t payload = inner.size() + 16;
    Octets record(5 + payload);
    record[0] = std::byte{23};
    record[1] = record[2] = std::byte{3};
    record[3] = static_cast<std::byte>(payload >> 8);
    record[4] = static_cast<std::byte>(payload);
    gnutls_aead_cipher_hd_t cipher = nullptr;
    const gnutls_datum_t key = borrow(keys.key.bytes());
    BOOST_TEST_REQUIRE(gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_128_GCM, &key) == 0);
    std::size_t size = payload;
    BOOST_TEST_REQUIRE(gnutls_aead_cipher_encrypt(cipher, keys.iv.data(), keys.iv.size(), record.data(), 5,
                                                  16, inner.data(), inner.size(), record.data() + 5,
                                                  &size) == 0);
    gnutls_aead_cipher_deinit(cipher);
    return record;
}

} // namespace

BOOST_AUTO_TEST_SUITE(record_protection)

BOOST_AUTO_TEST_CASE(the_records_of_rfc_8448_section_3_are_sealed_and_opened_to_the_octet) {
    struct Vector {
        const Octets &secret;
        std::uint64_t sequence;
        ContentType type;
        Octets content;
        Octets record;
    };
    const Vector vectors[] = {
        {rfc8448::client_handshake_secret, 0, ContentType::handshake, rfc8448::client_finished,
         octets("1703030035 75ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc44d87f"
                "38f80338ac98fc46deb384bd1caeacab6867d726c40546")},
        {rfc8448::client_application_secret, 0, ContentType::application_data, counting(50),
         octets("1703030043 a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a"
                "9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4")},
        {rfc8448::server_application_secret, 1, ContentType::application_data, counting(50),
         octets("1703030043 2e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602d"
                "cb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d")},
        {rfc8448::client_application_secret, 1, ContentType::alert, octets("0100"),
         octets("1703030013 c9872760655666b74d7ff1153efd6db6d0b0e3")},
        {rfc8448::server_application_secret, 2, ContentType::alert, octets("0100"),
         octets("1703030013 b58fd67166ebf599d24720cfbe7efa7a8864a9")},
    };
    for (const Vector &vector : vectors) {
        const RecordProtection protection = rfc8448_protection(vector.secret);
        BOOST_TEST(hex(sealed(protection, vector.sequence, vector.type, vector.content)) ==
                   hex(vector.record));
        BOOST_TEST(opened(protection, vector.sequence, vector.record) ==
                   std::to_string(static_cast<unsigned>(vector.type)) + " " + hex(vector.content));
    }
}

BOOST_AUTO_TEST_CASE(what_one_cipher_seals_it_opens_in_place_and_apart_for_every_length) {
    for (const auto cipher : all_ciphers) {
        const RecordProtection protection(keys_of(cipher));
        for (const std::size_t size : {0, 1, 15, 16, 17, 255, 4096, 16383, 16384}) {
            const Octets content = counting(size);
            const std::size_t padding = std::min<std::size_t>(7, largest_content - size);
            const Octets apart = sealed(protection, size, ContentType::application_data, content, padding);
            Octets in_place(apart.size());
            std::ranges::copy(content, in_place.begin() + record_header_size);
            const auto there = std::span(in_place).subspan(record_header_size, size);
            BOOST_TEST_REQUIRE(
                protection.seal(size, ContentType::application_data, there, in_place, padding).has_value());
            BOOST_TEST((in_place == apart));

            Octets room(apart.size() - record_header_size - 16);
            const auto away = protection.open(size, apart, room);
            const auto here = protection.open(size, in_place);
            BOOST_TEST_REQUIRE(away.has_value());
            BOOST_TEST_REQUIRE(here.has_value());
            BOOST_TEST(std::ranges::equal(away->content, content));
            BOOST_TEST(std::ranges::equal(here->content, content));
            BOOST_TEST((here->content.data() == in_place.data() + record_header_size || size == 0));
        }
    }
}

BOOST_AUTO_TEST_CASE(content_may_overlap_the_room_it_is_sealed_into) {
    const RecordProtection protection(keys_of(KtlsCipher::aes_256_gcm));
    const Octets content = counting(100);
    for (const std::size_t offset : {0, 3, 5, 20}) {
        Octets room(content.size() + record_overhead);
        std::ranges::copy(content, room.begin() + static_cast<std::ptrdiff_t>(offset));
        BOOST_TEST_REQUIRE(
            protection
                .seal(9, ContentType::application_data, std::span(room).subspan(offset, content.size()), room)
                .has_value());
        BOOST_TEST(opened(protection, 9, room) == "23 " + hex(content));
    }
}

BOOST_AUTO_TEST_CASE(another_number_key_or_octet_is_corrupt_and_leaves_nothing_behind) {
    for (const auto cipher : all_ciphers) {
        const RecordProtection protection(keys_of(cipher));
        const RecordProtection other(keys_of(cipher, 2));
        const Octets record = sealed(protection, 0x0102030405060708, ContentType::handshake, counting(40));
        BOOST_TEST(opened(protection, 0x0102030405060708, record).starts_with("22 "));
        BOOST_TEST(opened(protection, 0x0102030405060709, record) == "record-corrupt");
        BOOST_TEST(opened(protection, 0x0002030405060708, record) == "record-corrupt");
        BOOST_TEST(opened(other, 0x0102030405060708, record) == "record-corrupt");
        for (const std::size_t place : {std::size_t{1}, std::size_t{5}, std::size_t{30}, record.size() - 1}) {
            Octets changed = record;
            changed[place] ^= std::byte{1};
            BOOST_TEST(opened(protection, 0x0102030405060708, changed) == "record-corrupt");
        }
        Octets room(record.size(), std::byte{0xaa});
        const auto failed = protection.open(1, record, room);
        BOOST_TEST_REQUIRE(!failed.has_value());
        BOOST_TEST(alert_for(failed.error()) == 20u);
        BOOST_TEST((std::ranges::count(room, std::byte{0}) == 41));
    }
}

BOOST_AUTO_TEST_CASE(lengths_and_types_outside_are_judged_before_a_key_is_tried) {
    const RecordProtection protection(keys_of(KtlsCipher::aes_128_gcm));
    const Octets record = sealed(protection, 0, ContentType::application_data, counting(4));
    BOOST_TEST(opened(protection, 0, {}) == "record-malformed");
    BOOST_TEST(opened(protection, 0, octets("17030300")) == "record-malformed");
    BOOST_TEST(opened(protection, 0, octets("1703030010 00000000000000000000000000000000")) ==
               "record-malformed");
    Octets longer = record;
    longer.push_back(std::byte{0});
    BOOST_TEST(opened(protection, 0, longer) == "record-malformed");
    BOOST_TEST(opened(protection, 0, {record.begin(), record.end() - 1}) == "record-malformed");
    Octets clear = record;
    clear[0] = std::byte{22};
    BOOST_TEST(opened(protection, 0, clear) == "record-unexpected");
    Octets large(5 + 16641);
    std::ranges::copy(octets("1703034101"), large.begin());
    BOOST_TEST(opened(protection, 0, large) == "record-overflow");
}

BOOST_AUTO_TEST_CASE(what_is_inside_has_a_type_that_may_be_there) {
    const TrafficKeys keys = keys_of(KtlsCipher::aes_128_gcm);
    const RecordProtection protection(keys);
    const auto by_hand = [&](Octets inner) {
        return opened(protection, 0, sealed_by_hand(keys, std::move(inner)));
    };
    BOOST_TEST(by_hand(octets("aabb17")) == "23 aabb");
    BOOST_TEST(by_hand(octets("aabb1700000000")) == "23 aabb");
    BOOST_TEST(by_hand(octets("17")) == "23 ");                   // cover traffic
    BOOST_TEST(by_hand(octets("16")) == "record-unexpected");     // no empty handshake
    BOOST_TEST(by_hand(octets("15")) == "record-unexpected");     // nor alert
    BOOST_TEST(by_hand(octets("0114")) == "record-unexpected");   // ChangeCipherSpec is never protected
    BOOST_TEST(by_hand(octets("aabb18")) == "record-unexpected"); // Heartbeat
    BOOST_TEST(by_hand(octets("00000000000000")) == "record-unexpected"); // nothing but padding
    Octets largest(16385, std::byte{1});
    largest.back() = std::byte{23};
    BOOST_TEST(by_hand(largest).size() == 3 + 2 * 16384);
    largest.push_back(std::byte{0});
    BOOST_TEST(by_hand(largest) == "record-overflow");
}

BOOST_AUTO_TEST_CASE(the_last_number_is_never_used) {
    const RecordProtection protection(keys_of(KtlsCipher::chacha20_poly1305));
    constexpr auto last = std::numeric_limits<std::uint64_t>::max();
    Octets record = sealed(protection, last - 1, ContentType::application_data, counting(4));
    BOOST_TEST(opened(protection, last - 1, record) == "23 00010203");
    BOOST_TEST(opened(protection, last, record) == "record-sequence");
    const auto refused = protection.seal(last, ContentType::application_data, counting(4), record);
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().name == "record-sequence");
    BOOST_TEST(most_records(KtlsCipher::aes_128_gcm) < 24'000'000u);
}

BOOST_AUTO_TEST_CASE(faults_of_the_program_are_thrown) {
    const RecordProtection protection(keys_of(KtlsCipher::aes_128_gcm));
    Octets room(largest_content + record_overhead);
    const auto seal = [&](ContentType type, std::size_t size, std::size_t padding, std::size_t space) {
        (void)protection.seal(0, type, counting(size), std::span(room).first(space), padding);
    };
    seal(ContentType::application_data, largest_content, 0, room.size());
    seal(ContentType::application_data, 0, largest_content, room.size());
    BOOST_CHECK_THROW(seal(ContentType::application_data, largest_content + 1, 0, room.size()),
                      std::invalid_argument);
    BOOST_CHECK_THROW(seal(ContentType::application_data, largest_content, 1, room.size()),
                      std::invalid_argument);
    BOOST_CHECK_THROW(seal(ContentType::application_data, 1, std::numeric_limits<std::size_t>::max(), 1000),
                      std::invalid_argument);
    BOOST_CHECK_THROW(seal(ContentType::application_data, 10, 0, 10 + record_overhead - 1),
                      std::invalid_argument);
    BOOST_CHECK_THROW(seal(ContentType::handshake, 0, 0, room.size()), std::invalid_argument);
    BOOST_CHECK_THROW(seal(static_cast<ContentType>(20), 1, 0, room.size()), std::invalid_argument);
    const Octets record = sealed(protection, 0, ContentType::application_data, counting(10));
    BOOST_CHECK_THROW((void)protection.open(0, record, std::span(room).first(10)), std::invalid_argument);
    TrafficKeys keys = keys_of(KtlsCipher::aes_128_gcm);
    keys.cipher = KtlsCipher::aes_256_gcm;
    BOOST_CHECK_THROW(RecordProtection{keys}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
