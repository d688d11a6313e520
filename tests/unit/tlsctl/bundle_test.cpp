// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/bundle.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/key_pair.hpp"
#include "tests/unit/tlsctl/run.hpp"
#include "tlsctl/certificates/ca_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

using namespace rpctls;
using namespace rpctls::test;

namespace {

System with_ca() {
    System system;
    BOOST_TEST_REQUIRE(system.run({"ca", "init", "--name", "Test CA"}).exit == 0);
    return system;
}

std::string contents(const std::string &path) {
    return read_file(path).value();
}

unsigned mode(const std::string &path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

void put(const std::string &path, const std::string &text, int bits = 0600) {
    std::ofstream(path) << text;
    BOOST_TEST_REQUIRE(::chmod(path.c_str(), static_cast<mode_t>(bits)) == 0);
}

Result<tls::BundleContents> opened(const std::string &path, std::string passphrase) {
    passphrase = passphrase.substr(0, passphrase.find('\n'));
    const std::string octets = contents(path);
    return tls::read_bundle(as_bytes(octets), Secret(as_bytes(passphrase)), path);
}

std::string error_name(const System &system, std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return system.run(std::move(arguments)).json()["error"]["name"];
}

/// A descriptor with `text` to read from.
int pipe_with(const std::string &text) {
    int ends[2];
    BOOST_TEST_REQUIRE(::pipe(ends) == 0);
    BOOST_TEST_REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    return ends[0];
}

} // namespace

BOOST_AUTO_TEST_SUITE(bundles)

BOOST_AUTO_TEST_CASE(a_bundle_comes_with_a_passphrase_beside_it_and_leaves_no_key_on_the_ca_s_host) {
    const System system = with_ca();
    const std::string bundle = system.path("c1.p12");
    const mode_t before = ::umask(0);
    const Outcome outcome =
        system.run({"cert", "issue", "client1", "--profile", "client", "--bundle", bundle, "--json"});
    ::umask(before);
    BOOST_TEST_REQUIRE(outcome.exit == 0, outcome.err);
    BOOST_TEST(outcome.json()["bundle"] == bundle);
    BOOST_TEST(outcome.json()["passphrase_file"] == bundle + ".passphrase");
    BOOST_TEST(mode(bundle) == 0600u);
    BOOST_TEST(mode(bundle + ".passphrase") == 0600u);
    BOOST_TEST(!system.has("etc/rpctls/certs"));
    BOOST_TEST(system.entries("") == 3u); // etc, the bundle, its passphrase

    const std::string passphrase = contents(bundle + ".passphrase");
    BOOST_TEST(passphrase.size() == 30u); // five groups of five, and the line's end
    BOOST_TEST(outcome.out.find(passphrase.substr(0, 29)) == std::string::npos);
    const auto read = opened(bundle, passphrase);
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->name == "client1");
    BOOST_TEST(read->trust_pem == contents(system.path("etc/rpctls/ca/ca.pem")));
    const auto pair = tls::read_key_pair(as_bytes(read->chain_pem), "", read->private_key_pem, "");
    BOOST_TEST_REQUIRE(pair.has_value());
    BOOST_TEST(pair->chain.front().fingerprint == outcome.json()["leaf"]["sha256"]);
}

BOOST_AUTO_TEST_CASE(the_pair_is_written_as_well_when_its_place_is_named) {
    const System system = with_ca();
    const std::string bundle = system.path("c1.p12");
    BOOST_TEST(system.run({"cert", "issue", "c1", "--bundle", bundle, "--out", system.path("out")}).exit ==
               0);
    BOOST_TEST(system.has("out/c1.pem"));
    BOOST_TEST(system.has("out/c1.key"));
    BOOST_TEST(opened(bundle, contents(bundle + ".passphrase"))->chain_pem ==
               contents(system.path("out/c1.pem")));
}

BOOST_AUTO_TEST_CASE(passphrases_come_from_files_descriptors_and_systemd_credentials) {
    const System system = with_ca();
    const std::string bundle = system.path("c1.p12");
    const std::string file = system.path("pass");
    put(file, "from-a-file-it-is\r\nsecond line\n");
    const std::vector<std::string> issue{"cert", "issue", "c1", "--force", "--bundle", bundle};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), issue.begin(), issue.end());
        return system.run(more).exit;
    };
    BOOST_TEST(with({"--passphrase-file", file}) == 0);
    BOOST_TEST(opened(bundle, "from-a-file-it-is").has_value());

    const int fd = pipe_with("from-a-descriptor\n");
    BOOST_TEST(with({"--passphrase-fd", std::to_string(fd)}) == 0);
    ::close(fd);
    BOOST_TEST(opened(bundle, "from-a-descriptor").has_value());

    put(system.path("rpctls.passphrase"), "from-a-credential");
    ::setenv("CREDENTIALS_DIRECTORY", system.path("").c_str(), 1);
    const int with_credential = with({});
    ::unsetenv("CREDENTIALS_DIRECTORY");
    BOOST_TEST(with_credential == 0);
    BOOST_TEST(opened(bundle, "from-a-credential").has_value());
    BOOST_TEST(!system.has("c1.p12.passphrase"));
}

BOOST_AUTO_TEST_CASE(a_passphrase_that_cannot_be_had_costs_nothing) {
    const System system = with_ca();
    const std::string bundle = system.path("c1.p12");
    const std::string file = system.path("pass");
    const std::vector<std::string> issue{
        "cert", "issue", "c1", "--force", "--bundle", bundle, "--passphrase-file", file};
    BOOST_TEST(error_name(system, issue) == "file-missing");
    put(file, "everybody-reads-this", 0644);
    BOOST_TEST(error_name(system, issue) == "file-exposed");
    put(file, "\n");
    BOOST_TEST(error_name(system, issue) == "passphrase-empty");
    put(file, std::string(1100, 'x'));
    BOOST_TEST(error_name(system, issue) == "passphrase-too-long");
    put(file, "short");
    BOOST_TEST(error_name(system, issue) == "passphrase-weak");
    BOOST_TEST(error_name(system, {"cert", "issue", "c1", "--bundle", bundle, "--passphrase-fd", "999"}) ==
               "passphrase-unreadable");
    BOOST_TEST(error_name(system, {"cert", "issue", "c1", "--passphrase-file", file}) == "usage");
    BOOST_TEST(!system.has("c1.p12"));
}

BOOST_AUTO_TEST_CASE(a_bundle_is_replaced_only_when_forced_and_then_with_its_passphrase) {
    const System system = with_ca();
    const std::string bundle = system.path("c1.p12");
    const std::vector<std::string> issue{"cert", "issue", "c1", "--bundle", bundle};
    BOOST_TEST(system.run(issue).exit == 0);
    const std::string before = contents(bundle);
    BOOST_TEST(error_name(system, issue) == "file-exists");
    BOOST_TEST(contents(bundle) == before);
    auto forced = issue;
    forced.emplace_back("--force");
    BOOST_TEST(system.run(forced).exit == 0);
    BOOST_TEST(contents(bundle) != before);
    BOOST_TEST(opened(bundle, contents(bundle + ".passphrase")).has_value());
    BOOST_TEST(system.entries("") == 3u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(file_pair)

BOOST_AUTO_TEST_CASE(whatever_moment_a_run_was_interrupted_at_the_next_finds_one_pair) {
    const System system = with_ca();
    const auto issue = [&](const std::string &name) {
        BOOST_TEST_REQUIRE(system.run({"cert", "issue", name, "--out", system.path(name)}).exit == 0);
        return std::pair(contents(system.path(name + "/" + name + ".pem")),
                         contents(system.path(name + "/" + name + ".key")));
    };
    const auto old_pair = issue("a");
    const auto new_pair = issue("b");
    const std::string pem = system.path("a/a.pem");
    const std::string key = system.path("a/a.key");
    const std::string staged_pem = system.path("a/.a.pem.rpctls");
    const std::string staged_key = system.path("a/.a.key.rpctls");
    struct Moment {
        const char *what;
        std::string pem, key, staged_pem, staged_key;
        bool becomes_new;
    };
    const auto &[old_pem, old_key] = old_pair;
    const auto &[new_pem, new_key] = new_pair;
    const Moment moments[] = {
        {"half a key is staged", old_pem, old_key, "", new_key.substr(0, 50), false},
        {"half a certificate is staged", old_pem, old_key, new_pem.substr(0, 50), new_key, false},
        {"both are staged", old_pem, old_key, new_pem, new_key, false},
        {"the key has its name, the old one waits", old_pem, new_key, new_pem, old_key, true},
        {"the key has its name, no exchange", old_pem, new_key, new_pem, "", true},
        {"both have their names", new_pem, new_key, old_pem, old_key, true},
        {"the staged certificate got lost", old_pem, new_key, "", old_key, false},
        {"a new pair, no certificate yet", "", new_key, new_pem, "", true},
    };
    for (const Moment &moment : moments) {
        for (const auto &[path, text] : {std::pair(pem, moment.pem),
                                         {key, moment.key},
                                         {staged_pem, moment.staged_pem},
                                         {staged_key, moment.staged_key}}) {
            std::filesystem::remove(path);
            if (!text.empty())
                put(path, text);
        }
        BOOST_TEST(tlsctl::pair_files(pem, key).recover().has_value(), moment.what);
        BOOST_TEST(contents(pem) == (moment.becomes_new ? new_pem : old_pem), moment.what);
        BOOST_TEST(contents(key) == (moment.becomes_new ? new_key : old_key), moment.what);
        BOOST_TEST(system.entries("a") == 2u, moment.what);
    }
}

BOOST_AUTO_TEST_SUITE_END()
