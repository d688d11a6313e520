// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/tlsctl/run.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

using namespace rpctls::test;

namespace {

const std::string disk = "nqn.2026-01.org.example:disk";
const std::string host = "nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555";

/// A system with a key file that nvme gen-tls-key made of 01 02 03 ….
struct Keyed : System {
    Keyed() { write("key", "NVMeTLSkey-1:01:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAl7OaH:\n"); }

    std::string write(const std::string &name, const std::string &text, unsigned mode = 0600) const {
        std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
        std::ofstream(path(name)) << text;
        ::chmod(path(name).c_str(), mode);
        return path(name);
    }
    std::string read(const std::string &name) const {
        std::ifstream file(path(name));
        return {std::istreambuf_iterator<char>(file), {}};
    }
    unsigned mode(const std::string &name) const {
        struct stat status {};
        return ::stat(path(name).c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
    }
    Outcome add_nvme(std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments{"psk",       "add", "--nvme",     "--subsysnqn", disk,
                                           "--hostnqn", host,  "--key-file", path("key"),   "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }
};

std::string error_of(const Outcome &outcome) {
    return outcome.json()["error"]["name"];
}

} // namespace

BOOST_AUTO_TEST_SUITE(psk_commands)

BOOST_FIXTURE_TEST_CASE(a_new_key_has_the_length_of_its_hash_and_is_whole, Keyed) {
    for (const auto &[hash, octets] : {std::pair("sha256", 32), std::pair("sha384", 48)})
        for (const std::string format : {"interchange", "hex", "base64"}) {
            const auto made = run({"psk", "generate", "--hash", hash, "--format", format, "--json"});
            BOOST_TEST_REQUIRE(made.exit == 0);
            BOOST_TEST(made.json()["octets"] == octets);
            write("new", made.json()["key"].get<std::string>());
            const auto checked = run({"psk", "check", "--key-file", path("new"), "--json"});
            BOOST_TEST_REQUIRE(checked.exit == 0);
            BOOST_TEST(checked.json()["format"] == format);
            BOOST_TEST(checked.json()["octets"] == octets);
        }
    const auto first = run({"psk", "generate"});
    BOOST_TEST(first.out.starts_with("NVMeTLSkey-1:01:"));
    BOOST_TEST(first.out.size() == 66u);
    BOOST_TEST(first.out != run({"psk", "generate"}).out);
    BOOST_TEST(run({"psk", "generate", "--hash", "sha1"}).exit == 2);
}

BOOST_FIXTURE_TEST_CASE(a_new_key_in_a_file_is_its_owners_alone_and_replaces_none_unasked, Keyed) {
    const auto made = run({"psk", "generate", "--out", path("new")});
    BOOST_TEST(made.exit == 0);
    BOOST_TEST(mode("new") == 0600u);
    const auto text = read("new");
    BOOST_TEST(text.size() == 66u);
    BOOST_TEST(made.out.find(text.substr(16, 10)) == std::string::npos);
    const auto again = run({"psk", "generate", "--out", path("new")});
    BOOST_TEST(again.exit == 4);
    BOOST_TEST(again.err.find("--force") != std::string::npos);
    BOOST_TEST(read("new") == text);
    BOOST_TEST(run({"psk", "generate", "--out", path("new"), "--force"}).exit == 0);
    BOOST_TEST(read("new") != text);
}

BOOST_FIXTURE_TEST_CASE(an_nvme_key_is_stored_as_what_both_ends_derive_from_it, Keyed) {
    const auto added = add_nvme();
    BOOST_TEST_REQUIRE(added.exit == 0);
    BOOST_TEST(added.json()["identity"] == "NVMe0R01 " + host + " " + disk);
    BOOST_TEST(added.json()["type"] == "psk");
    BOOST_TEST(added.json()["keyring"] == ".nvme");
    BOOST_TEST(mode("etc/rpctls/psks") == 0700u);
    BOOST_TEST(mode("etc/rpctls/psks/0001") == 0600u);
    // What nvme-cli 2.16 puts on the keyring.
    BOOST_TEST(read("etc/rpctls/psks/0001")
                   .ends_with("secret bdb69e65339c3d6486c9f4be5cd7f2b4a15096352c6e41c047ac6fb5b1a4311b\n"));
    BOOST_TEST(added.out.find("bdb69e65") == std::string::npos);

    const auto newer = add_nvme({"--identity-version", "1"});
    BOOST_TEST(newer.json()["identity"] ==
               "NVMe1R01 " + host + " " + disk + " +v51aF5QPunFj3pr0nJXJfrqZ6VVkQlTkL83LNSCLkg=");
    BOOST_TEST(add_nvme({"--identity-version", "1", "--compat"}).json()["identity"] ==
               "NVMe1R01 " + host + " " + disk + " PlOQebdi3qYaA08z/6/xa+KOyXBgRs0XE3yJXsK5a68=");
    BOOST_TEST(run({"psk", "list", "--json"}).json()["psks"].size() == 3u);
    BOOST_TEST(run({"psk", "list"}).out.find("NVMe0R01 " + host) != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_host_of_an_nvme_key_is_this_one_unless_another_is_named, Keyed) {
    const std::vector<std::string> arguments{"psk", "add",        "--nvme",    "--subsysnqn",
                                             disk,  "--key-file", path("key"), "--json"};
    BOOST_TEST(run(arguments).exit == 2);
    write("etc/nvme/hostnqn", host + "\n", 0644);
    BOOST_TEST(run(arguments).json()["identity"] == "NVMe0R01 " + host + " " + disk);
}

BOOST_FIXTURE_TEST_CASE(the_same_place_takes_another_key_only_when_that_was_said, Keyed) {
    BOOST_TEST(add_nvme().exit == 0);
    const auto again = add_nvme();
    BOOST_TEST(again.exit == 4);
    BOOST_TEST(error_of(again) == "psk-exists");
    BOOST_TEST(add_nvme({"--force"}).exit == 0);
    BOOST_TEST(run({"psk", "list", "--json"}).json()["psks"].size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(any_other_identity_goes_on_a_keyring_that_is_named_here_or_configured, Keyed) {
    const std::vector<std::string> plain{"psk", "add", "link 1", "--key-file", path("key"), "--json"};
    BOOST_TEST(run(plain).exit == 2);
    write("etc/rpctls/rpctls.conf", "[authenticate]\nkeyrings=1234;rpc\n", 0644);
    const auto added = run(plain);
    BOOST_TEST_REQUIRE(added.exit == 0);
    BOOST_TEST(added.json()["keyring"] == "rpc");
    BOOST_TEST(added.json()["type"] == "user");
    BOOST_TEST(added.json()["notes"].empty());
    const auto elsewhere =
        run({"psk", "add", "link 1", "--key-file", path("key"), "--keyring", "other", "--json"});
    BOOST_TEST(elsewhere.exit == 0);
    BOOST_TEST(elsewhere.json()["notes"][0].get<std::string>().find("keyrings=other") != std::string::npos);
    BOOST_TEST(run({"psk", "check", "link 1"}).exit == 1);
    BOOST_TEST(run({"psk", "remove", "link 1", "--keyring", "other"}).exit == 0);
    BOOST_TEST(run({"psk", "check", "link 1"}).exit == 0);
    BOOST_TEST(run({"psk", "add", "x", "--key-file", path("key"), "--keyring", "123"}).exit == 4);
}

BOOST_FIXTURE_TEST_CASE(an_nvme_identity_is_taken_as_it_is_when_its_key_fits, Keyed) {
    // As nvme-cli's key files have them.
    write("derived", "NVMeTLSkey-0:01:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAl7OaH:");
    const std::string identity = "NVMe0R01 " + host + " " + disk;
    const auto added = run({"psk", "add", identity, "--key-file", path("derived"), "--json"});
    BOOST_TEST_REQUIRE(added.exit == 0);
    BOOST_TEST(added.json()["type"] == "psk");
    BOOST_TEST(read("etc/rpctls/psks/0001").find("secret 0102030405") != std::string::npos);
    const auto wrong =
        run({"psk", "add", "NVMe0R02 " + host + " " + disk, "--key-file", path("derived"), "--json"});
    BOOST_TEST(wrong.exit == 4);
    BOOST_TEST(error_of(wrong) == "psk-invalid");
    BOOST_TEST(error_of(run({"psk", "add", "--nvme", "--subsysnqn", disk, "--hostnqn", host, "--key-file",
                             path("derived"), "--json"})) == "psk-derived");
}

BOOST_FIXTURE_TEST_CASE(the_tls_hs_layout_is_stored_with_its_number, Keyed) {
    const auto added = run({"psk", "add", "me", "--layout", "tls-hs", "--number", "3", "--keyring", "quic-0",
                            "--key-file", path("key"), "--json"});
    BOOST_TEST_REQUIRE(added.exit == 0);
    BOOST_TEST(added.json()["type"] == "tls-hs");
    BOOST_TEST(added.json()["number"] == 3);
    for (const auto &wrong :
         {std::vector<std::string>{"--number", "5"}, {"--layout", "other"}, {"--layout", "tls-hs"}}) {
        std::vector<std::string> arguments{"psk", "add", "me", "--key-file", path("key"), "--keyring", "q"};
        arguments.insert(arguments.end(), wrong.begin(), wrong.end());
        BOOST_TEST(run(arguments).exit == 2);
    }
}

BOOST_FIXTURE_TEST_CASE(the_key_comes_from_a_file_or_a_descriptor_and_is_never_an_argument, Keyed) {
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(::pipe(ends.data()) == 0);
    const std::string text = read("key");
    BOOST_TEST_REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    const auto read_from = std::to_string(ends[0]);
    BOOST_TEST(run({"psk", "add", "x", "--keyring", "r", "--key-fd", read_from}).exit == 0);
    ::close(ends[0]);
    BOOST_TEST(run({"psk", "add", "y", "--keyring", "r", "--key-fd", "777"}).exit == 4);
    BOOST_TEST(run({"psk", "add", "y", "--keyring", "r"}).exit == 2);
    BOOST_TEST(run({"psk", "add", "--keyring", "r", "--key-file", path("key")}).exit == 2);
    const auto exposed = write("exposed", text, 0644);
    const auto refused = run({"psk", "add", "y", "--keyring", "r", "--key-file", exposed, "--json"});
    BOOST_TEST(refused.exit == 4);
    BOOST_TEST(error_of(refused) == "file-exposed");
}

BOOST_FIXTURE_TEST_CASE(a_key_that_is_not_whole_is_refused_with_its_reason_and_no_word_of_it, Keyed) {
    std::string text = read("key");
    text[20] = text[20] == 'A' ? 'B' : 'A';
    write("key", text);
    const auto added = add_nvme();
    BOOST_TEST(added.exit == 4);
    BOOST_TEST(error_of(added) == "psk-checksum-wrong");
    BOOST_TEST(added.err.find(text.substr(24, 8)) == std::string::npos);
    BOOST_TEST(added.err.find(path("key")) != std::string::npos);
    BOOST_TEST(!has("etc/rpctls/psks/0001"));
    write("short", std::string(32, 'a'));
    BOOST_TEST(error_of(run({"psk", "check", "--key-file", path("short"), "--format", "hex", "--json"})) ==
               "psk-length-invalid");
    BOOST_TEST(error_of(run({"psk", "add", "psk-1-id", "--keyring", "r", "--key-file", path("key"),
                             "--json"})) == "psk-identity-invalid");
}

BOOST_FIXTURE_TEST_CASE(check_says_what_nvme_cli_would_call_a_key, Keyed) {
    const auto checked = run({"psk", "check", "--key-file", path("key"), "--nvme", "--subsysnqn", disk,
                              "--hostnqn", host, "--json"});
    BOOST_TEST(checked.json()["identity"] == "NVMe0R01 " + host + " " + disk);
    BOOST_TEST(!has("etc/rpctls/psks"));
}

BOOST_FIXTURE_TEST_CASE(a_damaged_file_hides_no_other_and_is_told_of, Keyed) {
    BOOST_TEST(add_nvme().exit == 0);
    write("etc/rpctls/psks/0002", "rpctls-psk 1\n");
    const auto listed = run({"psk", "list", "--json"});
    BOOST_TEST(listed.exit == 4);
    BOOST_TEST(listed.json()["psks"].size() == 2u);
    BOOST_TEST(error_of(listed) == "psk-damaged");
    BOOST_TEST(run({"psk", "check"}).exit == 1);
}

BOOST_FIXTURE_TEST_CASE(removing_forgets_a_key_and_what_is_unknown_is_told, Keyed) {
    BOOST_TEST(add_nvme().exit == 0);
    const std::string identity = "NVMe0R01 " + host + " " + disk;
    BOOST_TEST(run({"psk", "remove", "NVMe0R01"}).exit == 4);
    BOOST_TEST(run({"psk", "remove", identity}).exit == 0);
    BOOST_TEST(!has("etc/rpctls/psks/0001"));
    BOOST_TEST(run({"psk", "remove", identity}).exit == 4);
    BOOST_TEST(run({"psk", "list"}).out.find("no pre-shared keys") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(what_is_about_the_running_system_refuses_another_root, Keyed) {
    BOOST_TEST(run({"psk", "restore"}).exit == 2);
    BOOST_TEST(run({"keyring", "show"}).exit == 2);
}

BOOST_AUTO_TEST_SUITE_END()
