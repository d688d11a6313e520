// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/record.hpp"

#include "rpc/base/text.hpp"
#include "tests/unit/octets.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::wire;
using rpctls::test::octets;

BOOST_AUTO_TEST_SUITE(record)

namespace {

struct Outcome {
    std::vector<std::string> records; ///< in hex
    std::string error;                ///< its name
    bool mid_record = false;
    friend bool operator==(const Outcome &, const Outcome &) = default;
    friend std::ostream &operator<<(std::ostream &out, const Outcome &outcome) {
        return out << "{" << join(outcome.records, " ") << " error='" << outcome.error << "' mid "
                   << outcome.mid_record << "}";
    }
};

Outcome read_in_pieces(std::span<const std::byte> stream, std::size_t limit, std::size_t piece) {
    RecordReader reader(limit);
    Outcome outcome;
    while (!stream.empty() && outcome.error.empty()) {
        const auto fed = reader.feed(stream.first(std::min(piece, stream.size())));
        stream = stream.subspan(std::min(piece, stream.size()));
        if (!fed)
            outcome.error = fed.error().name;
    }
    while (const auto record = reader.next())
        outcome.records.push_back(hex(*record));
    outcome.mid_record = reader.mid_record();
    return outcome;
}

/// The same whole and one octet at a time: where a read ends must not matter.
Outcome read(std::string_view stream, std::size_t limit = 16) {
    const auto whole = read_in_pieces(octets(stream), limit, 1 << 20);
    BOOST_TEST(read_in_pieces(octets(stream), limit, 1) == whole);
    BOOST_TEST(read_in_pieces(octets(stream), limit, 3) == whole);
    return whole;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_message_becomes_one_fragment_marked_as_the_last) {
    BOOST_TEST(hex(frame_record(octets("0a0b0c"))) == "800000030a0b0c");
    BOOST_CHECK_THROW(frame_record({}), std::length_error);
}

BOOST_AUTO_TEST_CASE(a_record_comes_back_as_it_was_sent) {
    BOOST_TEST(read("80000003 0a0b0c") == (Outcome{{"0a0b0c"}, "", false}));
}

BOOST_AUTO_TEST_CASE(nothing_is_handed_out_before_it_is_whole) {
    BOOST_TEST(read("") == (Outcome{{}, "", false}));
    BOOST_TEST(read("80") == (Outcome{{}, "", true}));
    BOOST_TEST(read("80000003 0a0b") == (Outcome{{}, "", true}));
    BOOST_TEST(read("00000002 0a0b") == (Outcome{{}, "", true}));
}

BOOST_AUTO_TEST_CASE(fragments_are_joined) {
    BOOST_TEST(read("00000001 0a 00000002 0b0c 80000001 0d") == (Outcome{{"0a0b0c0d"}, "", false}));
}

BOOST_AUTO_TEST_CASE(an_empty_last_fragment_ends_a_record_that_has_octets) {
    BOOST_TEST(read("00000001 0a 80000000") == (Outcome{{"0a"}, "", false}));
}

BOOST_AUTO_TEST_CASE(several_records_in_one_read_are_kept_apart) {
    BOOST_TEST(read("80000001 0a 80000001 0b 80000002 0c") == (Outcome{{"0a", "0b"}, "", true}));
}

BOOST_AUTO_TEST_CASE(empty_fragments_and_records_are_refused) {
    BOOST_TEST(read("00000000").error == "record-empty");
    BOOST_TEST(read("80000000").error == "record-empty");
    BOOST_TEST(read("00000001 0a 00000000").error == "record-empty");
}

BOOST_AUTO_TEST_CASE(the_limit_holds_for_the_sum_of_the_fragments) {
    BOOST_TEST(read("80000010 00112233445566778899aabbccddeeff").error.empty());
    BOOST_TEST(read("80000011").error == "record-too-large");
    BOOST_TEST(read("0000000f 00112233445566778899aabbccddee 80000002").error == "record-too-large");
    BOOST_TEST(read("7fffffff").error == "record-too-large");
    BOOST_TEST(read("ffffffff").error == "record-too-large");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_1_a_client_hello_reads_as_a_fragment_far_too_large) {
    BOOST_TEST(read("16030100 c8010000c40303", 1024 * 1024).error == "record-too-large");
}

BOOST_AUTO_TEST_CASE(after_an_error_the_stream_stays_refused_but_earlier_records_are_there) {
    RecordReader reader(16);
    BOOST_TEST(!reader.feed(octets("80000001 0a 80000000")));
    BOOST_TEST(!reader.feed(octets("80000001 0b")));
    BOOST_TEST(hex(reader.next().value()) == "0a");
    BOOST_TEST(!reader.next());
}

BOOST_AUTO_TEST_CASE(a_large_record_takes_the_room_of_one_before_and_a_small_one_does_not) {
    std::vector<std::byte> used;
    used.reserve(1 << 20);
    const auto *room = used.data();
    SpareRoom spare;
    spare.take_back(used);
    RecordReader reader(1 << 20, &spare);
    BOOST_TEST_REQUIRE(reader.feed(frame_record(std::vector<std::byte>(40))).has_value());
    BOOST_TEST((reader.next()->data() != room));
    const std::vector<std::byte> large(100000, std::byte{7});
    RecordReader other(1 << 20, &spare);
    BOOST_TEST_REQUIRE(other.feed(frame_record(large)).has_value());
    auto record = *other.next();
    BOOST_TEST((record.data() == room));
    BOOST_TEST((record == large));
    // Nobody is lent what somebody still has.
    BOOST_TEST_REQUIRE(reader.feed(frame_record(large)).has_value());
    auto second = *reader.next();
    BOOST_TEST((second.data() != room));
    BOOST_TEST((second == large));
    spare.take_back(second);
    spare.take_back(record); // the larger one stays
    BOOST_TEST_REQUIRE(reader.feed(frame_record(large)).has_value());
    BOOST_TEST((reader.next()->data() == room));
}

BOOST_AUTO_TEST_CASE(room_that_is_too_large_is_not_kept) {
    SpareRoom spare;
    std::vector<std::byte> huge(std::size_t{5} << 20);
    spare.take_back(huge);
    BOOST_TEST(huge.capacity() > 0u);
    std::vector<std::byte> lent;
    spare.lend(lent);
    BOOST_TEST(lent.capacity() == 0u);
}

BOOST_AUTO_TEST_CASE(a_mark_is_believed_when_a_part_of_its_record_has_come) {
    RecordReader reader(1 << 20);
    const auto stream = frame_record(std::vector<std::byte>(1 << 20, std::byte{7}));
    for (auto rest = std::span(stream); !rest.empty();
         rest = rest.subspan(std::min(rest.size(), std::size_t{16384})))
        BOOST_TEST_REQUIRE(reader.feed(rest.first(std::min(rest.size(), std::size_t{16384}))).has_value());
    BOOST_TEST(reader.next()->capacity() == std::size_t{1} << 20);
}

BOOST_AUTO_TEST_SUITE_END()
