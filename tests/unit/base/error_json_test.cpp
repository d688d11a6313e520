// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/error_json.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace rpctls;

BOOST_AUTO_TEST_SUITE(error_json)

BOOST_AUTO_TEST_CASE(an_error_comes_back_from_json_as_it_was) {
    const Error error{Stage::verify, "server-name-mismatch",
                      "wrong name",  {{"expected", "a"}, {"seen", "b"}},
                      "fix it",      13};
    const auto back = error_from_json(to_json(error));
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST((back->stage == error.stage));
    BOOST_TEST(back->name == error.name);
    BOOST_TEST(back->what == error.what);
    BOOST_TEST((back->facts == error.facts));
    BOOST_TEST(back->hint == error.hint);
    BOOST_TEST(back->system_errno == 13);
}

BOOST_AUTO_TEST_CASE(json_of_another_form_is_no_error) {
    for (const char *text :
         {"null", "[]", "{}", "7", R"({"stage":"verify","name":"x"})",
          R"({"stage":"nowhere","name":"x","what":"y"})", R"({"stage":1,"name":"x","what":"y"})"})
        BOOST_TEST(!error_from_json(nlohmann::json::parse(text)), text);
}

BOOST_AUTO_TEST_CASE(what_another_process_says_is_bounded_and_printable) {
    nlohmann::json json = {
        {"stage", "rpc"},    {"name", "x"},   {"what", std::string(100000, 'a') + "\x1b[2J"},
        {"hint", "\x1b[2J"}, {"errno", 1e30}, {"facts", {{"n", 7}}}};
    for (int i = 0; i < 1000; ++i)
        json["facts"]["key " + std::to_string(i)] = "value";
    const auto error = error_from_json(json);
    BOOST_TEST_REQUIRE(error.has_value());
    BOOST_TEST(error->what.size() == 4096u);
    BOOST_TEST(error->hint == "\\x1b[2J");
    BOOST_TEST(error->facts.size() == 64u);
    BOOST_TEST(error->system_errno == 0);
}

BOOST_AUTO_TEST_SUITE_END()
