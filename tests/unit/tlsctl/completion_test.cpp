// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tlsctl/run.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

using namespace rpctls;
using namespace rpctls::test;

namespace {

/// The kind, then the candidates without what they are.
std::string offered(std::vector<std::string> words) {
    words.insert(words.begin(), "__complete");
    std::ostringstream out;
    std::ostringstream err;
    BOOST_TEST(tlsctl::run(words, out, err) == 0);
    std::istringstream lines(out.str());
    std::string all;
    for (std::string line; std::getline(lines, line);)
        all += (all.empty() ? "" : " ") + line.substr(0, line.find('\t'));
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(completion)

BOOST_AUTO_TEST_CASE(commands_are_offered_by_what_was_typed_of_them) {
    BOOST_TEST(offered({"iden"}) == "words identity");
    BOOST_TEST(offered({"--json", "identity", "sh"}) == "words show");
    BOOST_TEST(offered({"--root", "/x", "identity", "up"}) == "words update");
    BOOST_TEST(offered({"nonsense"}) == "words");
    BOOST_TEST(offered({}).find(" probe ") != std::string::npos);
    BOOST_TEST(offered({""}) == offered({}));
}

BOOST_AUTO_TEST_CASE(options_of_a_command_and_of_all_commands_are_offered) {
    BOOST_TEST(offered({"probe", "nfs1", "--ident"}) == "words --identity");
    BOOST_TEST(offered({"probe", "nfs1", "--js"}) == "words --json");
    BOOST_TEST(offered({"identity", "show", "--mou"}) == "words --mount-options");
    BOOST_TEST(offered({"identity", "show", "--not-"}) == "words");
    const std::string all = offered({"probe", "--"});
    BOOST_TEST(all.find(" --help ") != std::string::npos);
    BOOST_TEST(all.find("--help", all.find("--help") + 1) == std::string::npos, all); // once
}

BOOST_AUTO_TEST_CASE(values_are_offered_by_their_kind) {
    BOOST_TEST(offered({"probe", ""}) == "hosts");
    BOOST_TEST(offered({"identity", "add", "x", "--cert", ""}) == "files");
    BOOST_TEST(offered({"ca", "init", "--ca-dir", "/e"}) == "directories");
    BOOST_TEST(offered({"trust", "add", "--role", "cl"}) == "words client");
    BOOST_TEST(offered({"trust", "add", "--role", "client", ""}) == "files");
    BOOST_TEST(offered({"export", "set", "/x", "--xprtsec", "m"}) == "words mtls");
}

BOOST_AUTO_TEST_CASE(names_of_this_host_are_offered) {
    const System system;
    for (const char *name : {"lab", "laptop", "other"})
        std::filesystem::create_directories(system.path("etc/rpctls/identities/") + name);
    const std::string root = system.path("");
    BOOST_TEST(offered({"--root", root, "identity", "show", "la"}) == "words lab laptop");
    BOOST_TEST(offered({"--root", root, "probe", "--identity", "o"}) == "words other");
    BOOST_TEST(offered({"--root", root, "identity", "add", "la"}) == "words"); // a new name
}

BOOST_AUTO_TEST_SUITE_END()
