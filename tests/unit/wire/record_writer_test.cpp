// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/record_writer.hpp"

#include "rpc/base/text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rpctls;
using namespace rpctls::wire;

namespace {

void put_number(XDR &xdr, std::uint32_t number) {
    BOOST_TEST(::xdr_u_int32_t(&xdr, &number) == TRUE);
}

} // namespace

BOOST_AUTO_TEST_SUITE(record_writer)

BOOST_AUTO_TEST_CASE(records_wait_behind_one_another_and_one_that_is_dropped_leaves_nothing) {
    RecordWriter writer;
    BOOST_TEST(writer.waiting().empty());
    put_number(writer.begin(), 1);
    writer.end();
    put_number(writer.begin(), 0xdeadbeef);
    BOOST_TEST(hex(writer.waiting()) == "8000000400000001");
    writer.drop();
    XDR &second = writer.begin();
    put_number(second, 2);
    put_number(second, 3);
    writer.end();
    BOOST_TEST(hex(writer.waiting()) == "80000004000000018000000800000002"
                                        "00000003");
    writer.sent(10);
    BOOST_TEST(hex(writer.waiting()) == "00080000000200000003");
    writer.sent(10);
    BOOST_TEST(writer.waiting().empty());
}

BOOST_AUTO_TEST_CASE(a_length_can_be_put_in_front_afterwards) {
    RecordWriter writer;
    XDR &xdr = writer.begin();
    put_number(xdr, 7);
    BOOST_TEST(XDR_GETPOS(&xdr) == 4u);
    BOOST_TEST(XDR_SETPOS(&xdr, 8) == TRUE);
    put_number(xdr, 9);
    BOOST_TEST(XDR_SETPOS(&xdr, 4) == TRUE);
    put_number(xdr, 8);
    BOOST_TEST(XDR_SETPOS(&xdr, 12) == TRUE);
    int32_t *place = XDR_INLINE(&xdr, 4);
    BOOST_TEST_REQUIRE(place != nullptr);
    IXDR_PUT_U_INT32(place, 10);
    writer.end();
    BOOST_TEST(hex(writer.waiting()) == "80000010"
                                        "00000007000000080000000"
                                        "90000000a");
}

BOOST_AUTO_TEST_CASE(a_large_argument_goes_in_whole_and_its_memory_is_given_back) {
    RecordWriter writer;
    const std::string large(3 << 20, 'x');
    XDR &xdr = writer.begin();
    put_number(xdr, 5);
    BOOST_TEST(XDR_PUTBYTES(&xdr, large.data(), static_cast<u_int>(large.size())) == TRUE);
    writer.end();
    BOOST_TEST(writer.waiting().size() == large.size() + 8);
    BOOST_TEST(hex(writer.waiting().first(8)) == "80300004"
                                                 "00000005");
    BOOST_TEST((as_text(writer.waiting().subspan(8)) == large));
    writer.sent(writer.waiting().size());
    put_number(writer.begin(), 6);
    writer.end();
    BOOST_TEST(hex(writer.waiting()) == "8000000400000006");
}

BOOST_AUTO_TEST_CASE(what_no_record_can_hold_is_refused) {
    RecordWriter writer;
    XDR &xdr = writer.begin();
    put_number(xdr, 5);
    BOOST_TEST(XDR_PUTBYTES(&xdr, "", 0x7fffffff) == FALSE);
    BOOST_TEST(XDR_SETPOS(&xdr, 0x80000000) == FALSE);
    long number = 0;
    BOOST_TEST(XDR_GETLONG(&xdr, &number) == FALSE);
}

BOOST_AUTO_TEST_SUITE_END()
