// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/nfsd.hpp"

#include <boost/test/unit_test.hpp>

using rpctls::kernel::parse_nfsd_threads;

BOOST_AUTO_TEST_SUITE(nfsd)

BOOST_AUTO_TEST_CASE(the_number_of_threads_is_in_the_line_th) {
    BOOST_TEST(parse_nfsd_threads("rc 0 0 4\nfh 0 0 0 0 0\nio 0 0\nth 8 0 0.000 0.000\nra 0\n") == 8u);
    BOOST_TEST(parse_nfsd_threads("th 300") == 300u);
    BOOST_TEST(parse_nfsd_threads("net 1 th 8\nth x 0\n") == 0u);
    BOOST_TEST(parse_nfsd_threads("th 99999999999999999999 0") == 0u);
    BOOST_TEST(parse_nfsd_threads("") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
