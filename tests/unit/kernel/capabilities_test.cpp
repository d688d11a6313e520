// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/capabilities.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls::kernel;

BOOST_AUTO_TEST_SUITE(capabilities)

// What the answers are depends on the kernel that runs the test; tests/lab/scripts/mount.sh knows its kernels.
BOOST_AUTO_TEST_CASE(asking_any_kernel_gives_its_release_and_consistent_answers) {
    const auto found = probe_capabilities();
    BOOST_TEST(!found.release.empty());
    if (found.nfs == Answer::no) {
        BOOST_TEST((found.xprtsec == Answer::no));
        BOOST_TEST((found.key_serials == Answer::no));
    }
    if (found.key_serials == Answer::yes)
        BOOST_TEST((found.xprtsec == Answer::yes));
}

BOOST_AUTO_TEST_SUITE_END()
