// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <sstream>

using namespace rpctls;
using namespace rpctls::tlsctl;

namespace {

int code(Stage stage, const char *name = "x", int number = 0) {
    return static_cast<int>(exit_for(system_error(stage, name, "what", number)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(exit_codes)

BOOST_AUTO_TEST_CASE(every_stage_has_its_code) {
    BOOST_TEST(code(Stage::input, "usage") == 2);
    BOOST_TEST(code(Stage::input, "file-missing", ENOENT) == 4);
    BOOST_TEST(code(Stage::input, "file-unreadable", EACCES) == 3);
    BOOST_TEST(code(Stage::input, "file-unwritable", ENOSPC) == 3);
    BOOST_TEST(code(Stage::config) == 4);
    BOOST_TEST(code(Stage::keyring, "identity-unknown") == 4);
    BOOST_TEST(code(Stage::keyring, "keyring-full", EDQUOT) == 3);
    BOOST_TEST(code(Stage::kernel) == 3);
    BOOST_TEST(code(Stage::verify, "key-mismatch") == 4);
    for (const Stage stage : {Stage::resolve, Stage::connect, Stage::probe, Stage::handshake, Stage::verify,
                              Stage::rpc, Stage::mount})
        BOOST_TEST(code(stage) == 1);
}

BOOST_AUTO_TEST_CASE(a_report_with_an_error_prints_both) {
    Report report;
    report.text = "half\n";
    report.json = {{"half", true}};
    report.error = Error{Stage::probe, "no-tls", "the server offers no TLS"};
    std::ostringstream out;
    std::ostringstream err;
    BOOST_TEST((deliver(report, false, out, err) == Exit::no));
    BOOST_TEST(out.str() == "half\n");
    BOOST_TEST(err.str() == "tlsctl: the server offers no TLS\n");
    std::ostringstream json;
    BOOST_TEST((deliver(report, true, json, err) == Exit::no));
    const auto object = nlohmann::json::parse(json.str());
    BOOST_TEST(object["half"] == true);
    BOOST_TEST(object["error"]["name"] == "no-tls");
}

BOOST_AUTO_TEST_CASE(output_that_cannot_be_written_is_no_success) {
    std::ostringstream out;
    std::ostringstream err;
    out.setstate(std::ios::badbit);
    BOOST_TEST((deliver(Report{.text = "lost\n"}, false, out, err) == Exit::environment));
}

BOOST_AUTO_TEST_CASE(octets_that_are_no_utf8_do_not_end_the_program) {
    std::ostringstream out;
    std::ostringstream err;
    Report report;
    report.json = {{"name", "\xff"}};
    BOOST_TEST((deliver(report, true, out, err) == Exit::done));
}

BOOST_AUTO_TEST_SUITE_END()
