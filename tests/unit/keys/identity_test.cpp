// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/identity.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

using namespace rpctls;
using namespace rpctls::keys;

namespace {

StoredIdentity identity(const std::string &name, std::string_view chain = "chain",
                        std::string_view key = "key") {
    return {name, std::string(chain), Secret(as_bytes(key))};
}

unsigned mode(const std::filesystem::path &path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(identities_on_disk)

BOOST_AUTO_TEST_CASE(names_fit_a_mount_option_a_key_description_and_a_path) {
    for (const std::string &name : {std::string("lab"), std::string("nfs1.example"), std::string("A_b-c@d=e"),
                                    std::string(64, 'a'), std::string("*")})
        BOOST_TEST(check_identity_name(name).has_value(), name);
    for (const std::string &name :
         {std::string(), std::string("."), std::string(".."), std::string(".hidden"), std::string("a b"),
          std::string("a:b"), std::string("a;b"), std::string("a,b"), std::string("a/b"), std::string("../x"),
          std::string("a\nb"), std::string("a\0b", 3), std::string("\xc3\xbc"), std::string("a\x7f"),
          std::string(65, 'a')})
        BOOST_TEST(check_identity_name(name).error().name == "identity-name-invalid", printable(name));
    BOOST_TEST(summary(check_identity_name("a:b").error()) ==
               "\"a:b\" cannot name an identity: it contains \":\"");
}

BOOST_AUTO_TEST_CASE(what_was_added_is_loaded_and_only_root_reads_it) {
    const test::TemporaryDirectory directory;
    const IdentityStore store(directory.path());
    const mode_t before = ::umask(0);
    const bool added = store.add(identity("lab", "the chain", "the key")).has_value();
    ::umask(before);
    BOOST_TEST_REQUIRE(added);
    const auto loaded = store.load("lab");
    BOOST_TEST_REQUIRE(loaded.has_value());
    BOOST_TEST(loaded->name == "lab");
    BOOST_TEST(loaded->chain_pem == "the chain");
    BOOST_TEST(loaded->private_key_pem.equals(as_bytes("the key")));
    const auto path = directory / "etc/rpctls/identities";
    BOOST_TEST(mode(path) == 0700u);
    BOOST_TEST(mode(path / "lab") == 0700u);
    BOOST_TEST(mode(path / "lab/cert.pem") == 0600u);
    BOOST_TEST(mode(path / "lab/key.pem") == 0600u);
}

BOOST_AUTO_TEST_CASE(a_name_is_given_once) {
    const test::TemporaryDirectory directory;
    const IdentityStore store(directory.path());
    BOOST_TEST(store.add(identity("lab", "first")).has_value());
    BOOST_TEST(store.add(identity("lab", "second")).error().name == "identity-exists");
    BOOST_TEST(store.load("lab")->chain_pem == "first");
    // Even an empty directory of that name, which rename(2) would replace, is somebody's.
    std::filesystem::create_directory(store.directory() / "empty");
    BOOST_TEST(store.add(identity("empty")).error().name == "identity-exists");
    std::filesystem::create_symlink("/nowhere", store.directory() / "link");
    BOOST_TEST(store.add(identity("link")).error().name == "identity-exists");
}

BOOST_AUTO_TEST_CASE(an_unknown_identity_is_answered_with_those_there_are) {
    const test::TemporaryDirectory directory;
    const IdentityStore store(directory.path());
    BOOST_TEST(summary(store.load("lab").error()) == "no identity is named lab: known none");
    BOOST_TEST(store.add(identity("one")).has_value());
    BOOST_TEST(store.add(identity("two")).has_value());
    const auto loaded = store.load("lab");
    BOOST_TEST(loaded.error().name == "identity-unknown");
    BOOST_TEST(summary(loaded.error()) == "no identity is named lab: known one two");
    BOOST_TEST(loaded.error().hint.find("tlsctl identity add lab") != std::string::npos);
    BOOST_TEST(store.load("../one").error().name == "identity-name-invalid");
}

BOOST_AUTO_TEST_CASE(the_list_is_sorted_and_leaves_out_what_is_no_identity) {
    const test::TemporaryDirectory directory;
    const IdentityStore store(directory.path());
    BOOST_TEST(store.list()->empty());
    for (const char *name : {"b", "a", "c"})
        BOOST_TEST(store.add(identity(name)).has_value());
    std::ofstream(store.directory() / "file") << "no directory";
    std::filesystem::create_directory(store.directory() / ".new-abcdef");
    BOOST_TEST(store.list().value() == (std::vector<std::string>{"a", "b", "c"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_damaged_identity_names_the_missing_file) {
    const test::TemporaryDirectory directory;
    const IdentityStore store(directory.path());
    BOOST_TEST(store.add(identity("lab")).has_value());
    std::filesystem::remove(store.directory() / "lab/key.pem");
    BOOST_TEST(store.load("lab").error().name == "file-missing");
    BOOST_TEST(store.load("lab").error().what.find("lab/key.pem") != std::string::npos);
    BOOST_TEST(store.add(identity("open")).has_value());
    std::filesystem::permissions(store.directory() / "open/key.pem", std::filesystem::perms(0644));
    BOOST_TEST(store.load("open").error().name == "file-exposed");
}

BOOST_AUTO_TEST_CASE(of_many_that_add_the_same_name_at_once_one_wins) {
    const test::TemporaryDirectory directory;
    const IdentityStore store(directory.path());
    std::atomic<int> won = 0;
    std::atomic<int> existed = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&, i] {
                const auto number = std::to_string(i);
                const auto added = store.add(identity("lab", number, number));
                added ? ++won : ++existed;
                if (!added && added.error().name != "identity-exists")
                    existed = 100;
            });
    }
    BOOST_TEST(won == 1);
    BOOST_TEST(existed == 7);
    const auto loaded = store.load("lab");
    BOOST_TEST(loaded->private_key_pem.equals(as_bytes(loaded->chain_pem)));
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_written_leaves_nothing) {
    const test::TemporaryDirectory directory;
    std::ofstream(directory / "etc") << "a file where a directory should be";
    const IdentityStore store(directory.path());
    BOOST_TEST(!store.add(identity("lab")).has_value());
    // A key too large for the file system is cut off by RLIMIT_FSIZE in the conformance script; here: bad name, no trace.
    const test::TemporaryDirectory other;
    BOOST_TEST(!IdentityStore(other.path()).add(identity("a/b")).has_value());
    BOOST_TEST(std::filesystem::is_empty(other.path()));
}

BOOST_AUTO_TEST_CASE(readers_get_the_old_pair_or_the_new_during_updates) {
    const test::TemporaryDirectory root;
    const IdentityStore store(root.path());
    BOOST_TEST(!store.update(identity("lab")).has_value());
    BOOST_TEST_REQUIRE(store.add(identity("lab", "0", "0")).has_value());
    std::atomic<bool> stop{false};
    std::atomic<unsigned> mixed{0};
    std::thread reader([&] {
        while (!stop) {
            const auto read = store.load("lab");
            if (!read || read->chain_pem != as_text(read->private_key_pem.bytes()))
                ++mixed;
        }
    });
    for (int i = 1; i <= 200; ++i) {
        const std::string text = std::to_string(i);
        BOOST_TEST(store.update(identity("lab", text, text)).has_value());
    }
    stop = true;
    reader.join();
    BOOST_TEST(mixed == 0u);
    BOOST_TEST(store.load("lab")->chain_pem == "200");
    BOOST_TEST(mode(store.directory() / "lab/key.pem") == 0600u);
}

BOOST_AUTO_TEST_CASE(the_url_of_a_key_in_a_token_is_kept_in_the_keys_place) {
    const test::TemporaryDirectory root;
    const IdentityStore store(root.path());
    const std::string url = "pkcs11:token=lab;object=client?pin-source=/etc/rpctls/pin";
    BOOST_TEST_REQUIRE(store.add(identity("lab", "chain", url)).has_value());
    const auto loaded = store.load("lab");
    BOOST_TEST_REQUIRE(loaded.has_value());
    BOOST_TEST(loaded->key_is_in_token());
    BOOST_TEST(loaded->private_key_pem.equals(as_bytes(url)));
    BOOST_TEST(mode(store.directory() / "lab/key.url") == 0600u);
    BOOST_TEST(!std::filesystem::exists(store.directory() / "lab/key.pem"));
    // A key of its own takes its place whole, and back.
    BOOST_TEST(store.update(identity("lab", "chain", "key")).has_value());
    BOOST_TEST(!store.load("lab")->key_is_in_token());
    BOOST_TEST(!std::filesystem::exists(store.directory() / "lab/key.url"));
    BOOST_TEST(store.update(identity("lab", "chain", url)).has_value());
    std::ofstream(store.directory() / "lab/key.url") << url << "\n";
    BOOST_TEST(store.load("lab")->private_key_pem.equals(as_bytes(url)));
    std::ofstream(store.directory() / "lab/key.url") << "http://nowhere";
    BOOST_TEST(store.load("lab").error().name == "key-url-invalid");
    std::filesystem::remove(store.directory() / "lab/key.url");
    BOOST_TEST(store.load("lab").error().what.find("lab/key.pem") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_holds_the_store_is_alone_in_changing_it) {
    const test::TemporaryDirectory root;
    const IdentityStore store(root.path());
    BOOST_TEST(!store.hold_for_reading()->has_value()); // no store, nothing to hold
    BOOST_TEST(!std::filesystem::exists(store.directory()));
    std::optional<IdentityStore::Hold> held(store.hold().value());
    BOOST_TEST(store.add(identity("lab", "0", "0"), *held).has_value());
    std::atomic<bool> updated{false};
    std::thread other([&] {
        const IdentityStore same(root.path());
        BOOST_TEST(same.update(identity("lab", "1", "1")).has_value());
        updated = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    BOOST_TEST(!updated);
    BOOST_TEST(store.load("lab")->chain_pem == "0");
    held.reset();
    other.join();
    BOOST_TEST(store.load("lab")->chain_pem == "1");
}

BOOST_AUTO_TEST_CASE(an_identity_that_goes_while_its_update_waits_does_not_come_back) {
    const test::TemporaryDirectory root;
    const IdentityStore store(root.path());
    BOOST_TEST_REQUIRE(store.add(identity("lab")).has_value());
    std::optional<IdentityStore::Hold> held(store.hold().value());
    std::string updated, removed;
    std::thread updater([&] { updated = store.update(identity("lab", "1", "1")).error().name; });
    std::thread remover([&] { removed = store.remove("lab").error().name; });
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); // both have seen it, and wait
    BOOST_TEST(store.remove("lab", *held).has_value());
    held.reset();
    updater.join();
    remover.join();
    BOOST_TEST(updated == "identity-unknown");
    BOOST_TEST(removed == "identity-unknown");
    BOOST_TEST(store.list()->empty());
}

BOOST_AUTO_TEST_CASE(what_an_interrupted_run_left_goes_with_the_next_change) {
    const test::TemporaryDirectory root;
    const IdentityStore store(root.path());
    BOOST_TEST_REQUIRE(store.add(identity("lab")).has_value());
    for (const char *left : {".new-abcdef", ".old-abcdef"}) {
        std::filesystem::create_directory(store.directory() / left);
        std::ofstream(store.directory() / left / "key.pem") << "a key";
    }
    BOOST_TEST(store.update(identity("lab", "1", "1")).has_value());
    BOOST_TEST(!std::filesystem::exists(store.directory() / ".new-abcdef"));
    BOOST_TEST(!std::filesystem::exists(store.directory() / ".old-abcdef"));
    BOOST_TEST(store.load("lab")->chain_pem == "1");
}

BOOST_AUTO_TEST_SUITE_END()
