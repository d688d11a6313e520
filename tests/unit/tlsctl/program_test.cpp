// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tlsctl/run.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls::test;

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(help_goes_to_standard_output_and_shows_examples_for_every_command) {
    const System system;
    const std::vector<std::vector<std::string>> commands{
        {"ca", "init"}, {"cert", "issue"}, {"identity", "add"}, {"identity", "list"}, {"identity", "show"}};
    for (auto command : commands) {
        const std::string words = "tlsctl " + command[0] + " " + command[1];
        command.emplace_back("--help");
        const Outcome outcome = system.run(command);
        BOOST_TEST(outcome.exit == 0);
        BOOST_TEST(outcome.err.empty());
        BOOST_TEST(outcome.out.find("Usage: " + words) != std::string::npos, outcome.out);
        const auto examples = outcome.out.find("EXAMPLES\n");
        BOOST_TEST_REQUIRE(examples != std::string::npos);
        BOOST_TEST(outcome.out.find(words, examples) != std::string::npos);
    }
    BOOST_TEST(system.run({"--help"}).exit == 0);
    BOOST_TEST(system.run({"--version"}).out.starts_with("tlsctl ("));
}

BOOST_AUTO_TEST_CASE(misuse_goes_to_standard_error_with_a_pointer_to_help) {
    const System system;
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{}, "tlsctl: a command is missing after tlsctl\n  hint: tlsctl --help\n"},
        {{"identity"},
         "tlsctl: a command is missing after tlsctl identity\n  hint: tlsctl identity --help\n"},
        {{"identity", "lst"},
         "tlsctl: there is no command tlsctl identity lst\n  hint: tlsctl identity --help\n"},
        {{"idnetity"}, "tlsctl: there is no command tlsctl idnetity\n  hint: tlsctl --help\n"},
        {{"identity", "show"}, "tlsctl: NAME is required\n  hint: tlsctl identity show --help\n"},
        {{"cert", "issue", "--profile", "boss"},
         "tlsctl: --profile: boss is none of server, client, peer\n  hint: tlsctl cert issue --help\n"},
    };
    for (const auto &[arguments, expected] : cases) {
        const Outcome outcome = system.run(arguments);
        BOOST_TEST(outcome.exit == 2);
        BOOST_TEST(outcome.out.empty());
        BOOST_TEST(outcome.err == expected);
    }
    for (const auto &arguments : std::vector<std::vector<std::string>>{
             {"ca", "init", "--days", "0"},
             {"ca", "init", "--days", "x"},
             {"ca", "init", "--bogus"},
             {"identity", "list", "extra"},
             {"identity", "add", "lab"},
             {"cert", "issue", "a", "--cert", "x"},
             {"cert", "issue", "a", "--cert", "x", "--key", "x"},
             {"cert", "issue", "a", "--out", "x", "--key", "y"},
             {"cert", "issue", "a", "--days", "1", "--not-after", "2026-11-20"}})
        BOOST_TEST(system.run(arguments).exit == 2);
}

BOOST_AUTO_TEST_CASE(json_prints_one_object_errors_and_misuse_included) {
    const System system;
    const Outcome misuse = system.run({"identity", "lst", "--json"});
    BOOST_TEST(misuse.exit == 2);
    BOOST_TEST(misuse.json()["error"]["name"] == "usage");
    const Outcome unknown = system.run({"identity", "show", "lab", "--json"});
    BOOST_TEST(unknown.exit == 4);
    BOOST_TEST(unknown.json()["error"]["name"] == "identity-unknown");
    BOOST_TEST(unknown.json()["error"]["stage"] == "keyring");
    const Outcome list = system.run({"--json", "identity", "list"});
    BOOST_TEST(list.exit == 0);
    BOOST_TEST(list.json()["identities"].empty());
}

BOOST_AUTO_TEST_SUITE_END()
