// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/record_stream.hpp"

#include "rpc/base/text.hpp"
#include "tests/unit/octets.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

using namespace rpctls;
using namespace rpctls::wire;
using rpctls::test::octets;

namespace {

/// Gives what it has in pieces; then, once, that nothing comes for now.
struct Script final : RecordStream::Source {
    std::vector<std::byte> stream;
    std::size_t piece = 1 << 20;
    std::size_t largest_room = 0;

    explicit Script(std::string_view hex) : stream(octets(hex)) {}

    Result<std::size_t> read(std::span<std::byte> room) override {
        largest_room = std::max(largest_room, room.size());
        if (stream.empty())
            return Error{Stage::rpc, "rpc-timeout", "nothing came"};
        const std::size_t count = std::min({room.size(), stream.size(), piece});
        std::copy_n(stream.begin(), count, room.begin());
        stream.erase(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(count));
        return count;
    }
    void more(std::string_view hex) {
        const auto next = octets(hex);
        stream.insert(stream.end(), next.begin(), next.end());
    }
};

std::string begin(RecordStream &records) {
    const auto begun = records.begin();
    return begun ? "begun" : begun.error().name;
}

/// The next number of the record, or why there is none.
std::string number(RecordStream &records) {
    std::uint32_t value = 0;
    if (::xdr_u_int32_t(&records.xdr(), &value))
        return std::to_string(value);
    return records.failure() ? records.failure()->name : "end";
}

} // namespace

BOOST_AUTO_TEST_SUITE(record_stream)

BOOST_AUTO_TEST_CASE(fragments_and_pieces_mean_nothing_to_the_reader) {
    for (const std::size_t piece : {1, 3, 1000}) {
        Script script("00000004 00000001 00000006 00000002 0000 80000002 0003 80000004 00000004");
        script.piece = piece;
        RecordStream records(script, 1000);
        BOOST_TEST(begin(records) == "begun");
        BOOST_TEST(number(records) == "1");
        BOOST_TEST(number(records) == "2");
        BOOST_TEST(XDR_GETPOS(&records.xdr()) == 8u);
        BOOST_TEST(number(records) == "3");
        BOOST_TEST(number(records) == "end");
        BOOST_TEST(begin(records) == "begun");
        BOOST_TEST(number(records) == "4");
        BOOST_TEST(begin(records) == "rpc-timeout");
    }
}

BOOST_AUTO_TEST_CASE(what_was_not_read_of_a_record_is_passed_over) {
    Script script("00000004 00000001 80000008 00000002 00000003 80000004 00000004");
    RecordStream records(script, 1000);
    BOOST_TEST(begin(records) == "begun");
    BOOST_TEST(begin(records) == "begun");
    BOOST_TEST(number(records) == "4");
}

BOOST_AUTO_TEST_CASE(a_pause_in_any_place_does_not_lose_the_thread) {
    const std::string stream = "000000040000000180000004000000028000000400000003";
    for (std::size_t cut = 0; cut <= stream.size(); cut += 2) {
        Script script(stream.substr(0, cut));
        RecordStream records(script, 1000);
        std::string seen;
        bool resumed = false;
        for (int rounds = 0; rounds < 5; ++rounds) {
            if (begin(records) == "begun")
                seen = number(records);
            if (!resumed && records.failure()) {
                resumed = true;
                script.more(stream.substr(cut) + "8000000400000009");
            }
        }
        BOOST_TEST(seen == "9"); // a number that was cut is lost, the records behind it are not
    }
}

BOOST_AUTO_TEST_CASE(large_octets_go_straight_to_their_place) {
    Script script("80010004 00010000");
    script.stream.resize(8 + 65536, std::byte{'x'});
    script.piece = 9000;
    RecordStream records(script, 1 << 20);
    BOOST_TEST(begin(records) == "begun");
    BOOST_TEST(number(records) == "65536");
    std::string room(65536, '\0');
    BOOST_TEST(XDR_GETBYTES(&records.xdr(), room.data(), 65536) == TRUE);
    BOOST_TEST((room == std::string(65536, 'x')));
    BOOST_TEST(script.largest_room > 50000u);
    BOOST_TEST(number(records) == "end");
}

BOOST_AUTO_TEST_CASE(numbers_can_be_read_in_place_where_they_lie_whole) {
    Script script("80000010 00000001 00000002 00000003 00000004");
    RecordStream records(script, 1000);
    BOOST_TEST(begin(records) == "begun");
    int32_t *place = XDR_INLINE(&records.xdr(), 8);
    BOOST_TEST_REQUIRE(place != nullptr);
    BOOST_TEST(IXDR_GET_U_INT32(place) == 1u);
    BOOST_TEST(XDR_INLINE(&records.xdr(), 12) == nullptr);
    BOOST_TEST(number(records) == "3");
}

BOOST_AUTO_TEST_CASE(records_beyond_the_limit_and_empty_fragments_end_the_stream_for_good) {
    Script large("00000004 00000001 ffffffff");
    RecordStream too_large(large, 1000);
    BOOST_TEST(begin(too_large) == "begun");
    BOOST_TEST(number(too_large) == "1");
    BOOST_TEST(number(too_large) == "record-too-large");
    BOOST_TEST(begin(too_large) == "record-too-large");
    for (const auto *stream : {"00000000 80000004 00000001", "80000000 80000004 00000001"}) {
        Script script(stream);
        RecordStream empty(script, 1000);
        BOOST_TEST(begin(empty) == "record-empty");
        BOOST_TEST(begin(empty) == "record-empty");
    }
}

BOOST_AUTO_TEST_SUITE_END()
