// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/tls_part.hpp"

#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::mount_helper;

BOOST_AUTO_TEST_SUITE(tls_part_of_the_helper)

BOOST_AUTO_TEST_CASE(the_module_that_was_built_is_taken) {
    const auto part = tls_part(TLS_PART_BUILT);
    BOOST_TEST_REQUIRE(part.has_value(), (part ? "" : summary(part.error())));
    tls::Settings settings;
    settings.client.truststore = "/nonexistent/ca.pem";
    const auto report = (*part)->examine(NoIdentity{}, settings, std::nullopt);
    BOOST_TEST_REQUIRE(!report.has_value());
    BOOST_TEST(summary(report.error()).find("/nonexistent/ca.pem") != std::string::npos,
               summary(report.error()));
}

BOOST_AUTO_TEST_CASE(a_missing_or_foreign_module_is_said_by_name) {
    const test::TemporaryDirectory directory;
    const auto missing = tls_part(directory / "mount-tls.so");
    BOOST_TEST_REQUIRE(!missing.has_value());
    BOOST_TEST(missing.error().name == "installation-incomplete");
    BOOST_TEST(summary(missing.error()).find("mount-tls.so") != std::string::npos);
    const auto foreign = tls_part("libm.so.6");
    BOOST_TEST_REQUIRE(!foreign.has_value());
    BOOST_TEST(foreign.error().name == "installation-incomplete");
}

BOOST_AUTO_TEST_SUITE_END()
