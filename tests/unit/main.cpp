// SPDX-License-Identifier: LGPL-2.1-or-later
#define BOOST_TEST_MODULE rpctls
#include <boost/test/unit_test.hpp>
