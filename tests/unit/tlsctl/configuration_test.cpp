// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/configuration/configuration_file.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/ini.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <fstream>
#include <random>
#include <thread>

using namespace rpctls;
using namespace rpctls::tlsctl;
using rpctls::test::TemporaryDirectory;

namespace {

std::string edited(const std::string &text, const std::vector<Setting> &wanted) {
    const auto result = edit_settings(text, "rpctls.conf", wanted);
    BOOST_TEST_REQUIRE(result.has_value(), (result ? "" : summary(result.error())));
    // Whatever was done: what was wanted counts, and there is nothing left to do.
    const auto ini = Ini::parse(*result, "");
    BOOST_TEST_REQUIRE(ini.has_value());
    for (const Setting &setting : wanted)
        BOOST_TEST((ini->get(setting.section, setting.key) == setting.value));
    BOOST_TEST(edit_settings(*result, "", wanted).value() == *result);
    return *result;
}

std::string refusal(const std::string &text, const Setting &wanted) {
    const auto result = edit_settings(text, "rpctls.conf", {{wanted}});
    return result ? "taken: " + *result : result.error().name;
}

const std::string hand_written = "# ours, do not touch\n"
                                 "[debug]\n"
                                 "loglevel = 0\n"
                                 "\n"
                                 "[authenticate.client]\n"
                                 "  ; the site's CA\n"
                                 "  x509.truststore =  /etc/ca.pem  \n"
                                 "  x509.whatever=later\n"
                                 "\n"
                                 "[agent]\n"
                                 "[mount.old.example]\n"
                                 "minimum=none";

void write(const std::filesystem::path &path, const std::string &text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

Context below(const TemporaryDirectory &root) {
    Context context;
    context.root = root.path();
    return context;
}

const std::vector<Setting> minimum{{"mount", "minimum", "tls"}};

} // namespace

BOOST_AUTO_TEST_SUITE(configuration)

BOOST_AUTO_TEST_CASE(a_value_changes_where_it_stands_and_nothing_else_does) {
    std::string expected = hand_written;
    expected.replace(expected.find("/etc/ca.pem"), 11, "/new.pem");
    BOOST_TEST(edited(hand_written, {{"authenticate.client", "x509.truststore", "/new.pem"}}) == expected);
    BOOST_TEST(edited(hand_written, {{"mount.old.example", "minimum", "mtls"}}) ==
               hand_written.substr(0, hand_written.size() - 4) + "mtls");
    BOOST_TEST(edited("[a]\nk=\n", {{"a", "k", "v"}}) == "[a]\nk=v\n");
    BOOST_TEST(edited("[a]\nk=\"old one\"\n", {{"a", "k", "new"}}) == "[a]\nk=\"new\"\n");
}

BOOST_AUTO_TEST_CASE(what_is_so_already_leaves_the_text_as_it_is) {
    for (const Setting &setting :
         std::vector<Setting>{{"debug", "loglevel", "0"},
                              {"authenticate.client", "x509.truststore", "/etc/ca.pem"},
                              {"mount.old.example", "minimum", "none"},
                              {"mount", "minimum", std::nullopt},
                              {"debug", "tls", std::nullopt}})
        BOOST_TEST(edited(hand_written, {setting}) == hand_written);
    BOOST_TEST(edited("", {}) == "");
}

BOOST_AUTO_TEST_CASE(a_new_line_goes_behind_the_last_of_its_section_and_looks_like_it) {
    std::string expected = hand_written;
    expected.insert(expected.find("\n\n[agent]") + 1, "  identity=lab\n");
    BOOST_TEST(edited(hand_written, {{"authenticate.client", "identity", "lab"}}) == expected);
    BOOST_TEST(edited("[a]\n# about a\n\n[b]\nx=1\n", {{"a", "k", "v"}}) ==
               "[a]\nk=v\n# about a\n\n[b]\nx=1\n");
    BOOST_TEST(edited("[a]\nx=1", {{"a", "k", "v"}}) == "[a]\nx=1\nk=v\n");
}

BOOST_AUTO_TEST_CASE(a_new_section_goes_to_the_end) {
    BOOST_TEST(edited("", {{"mount", "minimum", "tls"}}) == "[mount]\nminimum=tls\n");
    BOOST_TEST(edited("# nothing yet", {{"mount", "minimum", "tls"}, {"mount", "identity", "lab"}}) ==
               "# nothing yet\n\n[mount]\nminimum=tls\nidentity=lab\n");
    BOOST_TEST(edited("[a]\nx=1\n\n", {{"b", "k", "v"}}) == "[a]\nx=1\n\n[b]\nk=v\n");
}

BOOST_AUTO_TEST_CASE(of_repeated_sections_and_lines_the_one_that_counts_changes) {
    const std::string repeated = "[a]\nk=1\n[b]\nk=9\n[a]\nk=2\nk=3\n[c]\n";
    BOOST_TEST(edited(repeated, {{"a", "k", "4"}}) == "[a]\nk=1\n[b]\nk=9\n[a]\nk=2\nk=4\n[c]\n");
    // An earlier line must not come back into force.
    BOOST_TEST(edited(repeated, {{"a", "k", std::nullopt}}) == "[a]\n[b]\nk=9\n[a]\n[c]\n");
    BOOST_TEST(edited(repeated, {{"a", "new", "n"}}) == "[a]\nk=1\n[b]\nk=9\n[a]\nk=2\nk=3\nnew=n\n[c]\n");
}

BOOST_AUTO_TEST_CASE(line_ends_stay_as_they_are) {
    BOOST_TEST(edited("[a]\r\nk=1\r\n", {{"a", "k", "2"}, {"a", "l", "3"}, {"b", "m", "4"}}) ==
               "[a]\r\nk=2\r\nl=3\r\n\r\n[b]\r\nm=4\r\n");
    BOOST_TEST(edited("[a]\r\nk=1", {{"b", "m", "4"}}) == "[a]\r\nk=1\r\n\r\n[b]\r\nm=4\r\n");
}

BOOST_AUTO_TEST_CASE(values_that_the_grammar_would_strip_are_quoted) {
    BOOST_TEST(edited("", {{"a", "k", " v "}}) == "[a]\nk=\" v \"\n");
    BOOST_TEST(edited("", {{"a", "k", "\"v\""}}) == "[a]\nk=\"\"v\"\"\n");
    BOOST_TEST(edited("", {{"a", "k", ""}}) == "[a]\nk=\n");
    BOOST_TEST(edited("", {{"a", "k", "a=b # c"}}) == "[a]\nk=a=b # c\n");
}

BOOST_AUTO_TEST_CASE(what_no_line_can_say_is_refused) {
    BOOST_TEST(refusal("", {"a", "k", "v\n[service.x]\nusers=*"}) == "setting-invalid");
    BOOST_TEST(refusal("", {"a]\n[b", "k", "v"}) == "setting-invalid");
    BOOST_TEST(refusal("", {"", "k", "v"}) == "setting-invalid");
    for (const char *key : {"", " k", "k=", "[k", "#k", ";k", "k\n"})
        BOOST_TEST(refusal("", {"a", key, "v"}) == "setting-invalid", key);
    BOOST_TEST(refusal("", {"a", "k", std::string(1, '\0')}) == "setting-invalid");
    BOOST_TEST(refusal("no section\n", {"a", "k", "v"}) == "config-syntax");
}

BOOST_AUTO_TEST_CASE(any_edit_of_any_file_changes_that_setting_and_no_other) {
    std::mt19937 random(9289);
    const auto pick = [&](auto &from) -> const auto & {
        return from[random() % std::size(from)];
    };
    const std::string sections[] = {"a", "b", "mount.x"}, keys[] = {"k", "l"};
    const std::string values[] = {"", "1", "two words", "\"q\"", " edge "};
    const std::string lines[] = {"[a]", " [b] ", "[mount.x]", "k=1", "l = \"2\"", " k= ", "; c", "# [a]", ""};
    const std::string ends[] = {"\n", "\r\n"};
    for (int round = 0; round < 3000; ++round) {
        std::string text = round % 3 == 0 ? "" : "[a]\n";
        for (std::size_t left = random() % 9; !text.empty() && left > 0; --left)
            text += pick(lines) + pick(ends);
        Setting setting{pick(sections), pick(keys), std::nullopt};
        if (random() % 3 != 0)
            setting.value = pick(values);
        const std::string after = edited(text, {setting});
        const auto others = [&](const std::string &from) {
            std::string all;
            const auto ini = Ini::parse(from, "");
            for (const auto &entry : ini->entries())
                if (entry.section != setting.section || entry.key != setting.key)
                    all += entry.section + "/" + entry.key + "=" + entry.value + "\n";
            return all;
        };
        BOOST_TEST_REQUIRE(others(after) == others(text), text + "\n-- became --\n" + after);
    }
}

BOOST_AUTO_TEST_CASE(a_file_is_made_and_not_written_again_when_nothing_changes) {
    const TemporaryDirectory root;
    const ConfigurationFile file(below(root));
    BOOST_TEST(file.has(minimum).value() == false);
    BOOST_TEST(!std::filesystem::exists(file.path())); // asking makes nothing
    BOOST_TEST(file.apply(minimum).value() == true);
    BOOST_TEST(read_file(file.path()).value() == "[mount]\nminimum=tls\n");
    struct stat before {
    }, after{};
    BOOST_TEST_REQUIRE(::stat(file.path().c_str(), &before) == 0);
    BOOST_TEST((before.st_mode & 07777) == 0644u);
    BOOST_TEST(file.has(minimum).value() == true);
    BOOST_TEST(file.apply(minimum).value() == false);
    BOOST_TEST_REQUIRE(::stat(file.path().c_str(), &after) == 0);
    BOOST_TEST(before.st_ino == after.st_ino);
}

BOOST_AUTO_TEST_CASE(an_edited_file_keeps_its_mode) {
    const TemporaryDirectory root;
    const ConfigurationFile file(below(root));
    write(file.path(), "[debug]\n");
    ::chmod(file.path().c_str(), 0640);
    BOOST_TEST(file.apply(minimum).value() == true);
    struct stat after {};
    BOOST_TEST_REQUIRE(::stat(file.path().c_str(), &after) == 0);
    BOOST_TEST((after.st_mode & 07777) == 0640u);
}

BOOST_AUTO_TEST_CASE(the_first_file_of_ours_takes_over_what_tlshds_said) {
    const TemporaryDirectory root;
    write(root / "etc/tlshd.conf", "[authenticate.client]\nx509.truststore=/etc/ca.pem\n");
    const ConfigurationFile file(below(root));
    BOOST_TEST(file.apply({}).value() == false); // tlshd's file goes on counting
    BOOST_TEST(!std::filesystem::exists(file.path()));
    BOOST_TEST(file.apply(minimum).value() == true);
    BOOST_TEST(read_file(file.path()).value() ==
               "# From /etc/tlshd.conf, which is not read while this file is here.\n"
               "[authenticate.client]\nx509.truststore=/etc/ca.pem\n\n[mount]\nminimum=tls\n");
    // Even when tlshd's file says so already: nothing to do, nothing to make.
    const TemporaryDirectory other;
    write(other / "etc/tlshd/config", "[mount]\nminimum=tls\n");
    BOOST_TEST(ConfigurationFile(below(other)).apply(minimum).value() == false);
}

BOOST_AUTO_TEST_CASE(a_link_and_a_damaged_file_are_left_alone) {
    const TemporaryDirectory root;
    const ConfigurationFile file(below(root));
    write(root / "kept/elsewhere", "");
    std::filesystem::create_directories(file.path().parent_path());
    std::filesystem::create_symlink(root / "kept/elsewhere", file.path());
    BOOST_TEST(file.apply(minimum).error().name == "file-not-regular");
    BOOST_TEST(std::filesystem::is_symlink(file.path()));
    std::filesystem::remove(file.path());
    write(file.path(), "what is this\n");
    BOOST_TEST(file.apply(minimum).error().name == "config-syntax");
    BOOST_TEST(read_file(file.path()).value() == "what is this\n");
}

BOOST_AUTO_TEST_CASE(concurrent_edits_all_arrive) {
    const TemporaryDirectory root;
    std::vector<std::thread> editors;
    for (int i = 0; i < 8; ++i)
        editors.emplace_back([&, i] {
            const std::vector<Setting> wanted{{"mount.s" + std::to_string(i), "minimum", "tls"}};
            (void)ConfigurationFile(below(root)).apply(wanted);
        });
    for (std::thread &editor : editors)
        editor.join();
    const auto ini = Ini::parse(read_file(root / "etc/rpctls/rpctls.conf").value(), "");
    BOOST_TEST(ini->entries().size() == 8u);
}

BOOST_AUTO_TEST_SUITE_END()
