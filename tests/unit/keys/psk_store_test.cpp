// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/psk_store.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <fstream>

using namespace rpctls;
using namespace rpctls::keys;

namespace {

PskRecord record(std::string identity, char filling = 'x') {
    return {std::move(identity), PskLayout::user, 0, "ring", Secret(as_bytes(std::string(32, filling)))};
}

unsigned mode_of(const std::filesystem::path &path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

std::string name_of(const Result<std::filesystem::path> &outcome) {
    return outcome ? outcome->filename().string() : outcome.error().name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(psk_store)

BOOST_AUTO_TEST_CASE(what_is_put_in_is_listed_as_it_was_and_for_root_alone) {
    const test::TemporaryDirectory root;
    const PskStore store(root.path());
    BOOST_TEST(store.list()->empty());
    auto first = record("NVMe0R01 nqn.a nqn.b; with ; all sorts");
    first.layout = PskLayout::nvme;
    BOOST_TEST(name_of(store.put(first, false)) == "0001");
    auto second = record("me");
    second.layout = PskLayout::tls_hs;
    second.number = 4;
    BOOST_TEST(name_of(store.put(second, false)) == "0002");
    const auto entries = store.list();
    BOOST_TEST_REQUIRE(entries->size() == 2u);
    const auto &read = *entries->at(0).record;
    BOOST_TEST(read.identity == first.identity);
    BOOST_TEST((read.layout == PskLayout::nvme));
    BOOST_TEST(read.keyring == "ring");
    BOOST_TEST(read.secret.equals(first.secret.bytes()));
    BOOST_TEST(entries->at(1).record->number == 4u);
    BOOST_TEST(mode_of(store.directory()) == 0700u);
    BOOST_TEST(mode_of(store.directory() / "0001") == 0600u);
}

BOOST_AUTO_TEST_CASE(a_key_for_the_same_place_is_replaced_only_when_that_was_said) {
    const test::TemporaryDirectory root;
    const PskStore store(root.path());
    BOOST_TEST(name_of(store.put(record("me"), false)) == "0001");
    BOOST_TEST(name_of(store.put(record("me", 'y'), false)) == "psk-exists");
    BOOST_TEST(name_of(store.put(record("me", 'y'), true)) == "0001");
    BOOST_TEST(store.list()->at(0).record->secret.equals(record("", 'y').secret.bytes()));
    auto elsewhere = record("me");
    elsewhere.keyring = "another";
    BOOST_TEST(name_of(store.put(elsewhere, false)) == "0002");
    BOOST_TEST_REQUIRE(store.remove(store.directory() / "0001").has_value());
    BOOST_TEST_REQUIRE(store.remove(store.directory() / "0001").has_value());
    BOOST_TEST(name_of(store.put(record("you"), false)) == "0001");
}

BOOST_AUTO_TEST_CASE(a_damaged_or_exposed_file_is_an_error_of_its_own_and_never_a_key) {
    const test::TemporaryDirectory root;
    const PskStore store(root.path());
    BOOST_TEST_REQUIRE(store.put(record("me"), false).has_value());
    const auto file = store.directory() / "0001";
    const auto good = *read_file(file);
    const auto fault = [&] {
        const auto entries = store.list();
        return entries->at(0).record ? "none" : entries->at(0).record.error().name;
    };
    BOOST_TEST(fault() == "none");
    for (std::size_t size = 0; size < good.size(); ++size) {
        std::ofstream(file) << good.substr(0, size);
        BOOST_TEST(fault() == "psk-damaged", size);
    }
    const auto with = [&](const std::string &from, const std::string &to) {
        auto text = good;
        std::ofstream(file) << text.replace(text.find(from), from.size(), to);
        return fault();
    };
    BOOST_TEST(with("psk 1", "psk 2") == "psk-damaged");
    BOOST_TEST(with("type user", "type keyring") == "psk-damaged");
    BOOST_TEST(with("number 0", "number 5") == "psk-damaged");
    BOOST_TEST(with("keyring ring", "keyring 123") == "psk-damaged");
    BOOST_TEST(with("keyring ring", "keyring a b") == "psk-damaged");
    BOOST_TEST(with("identity me", "identity nfs:x509:me:cert") == "psk-damaged");
    BOOST_TEST(with("identity me", "identity m\te") == "psk-damaged");
    BOOST_TEST(with("secret 78", "secret ") == "psk-damaged");
    BOOST_TEST(with("secret 78", "secret 7G") == "psk-damaged");
    std::ofstream(file) << good << "more\n";
    BOOST_TEST(fault() == "psk-damaged");
    BOOST_TEST(name_of(store.put(record("you"), false)) == "psk-damaged");
    std::ofstream(file) << good;
    BOOST_TEST(fault() == "none");
    ::chmod(file.c_str(), 0644);
    BOOST_TEST(fault() == "file-exposed");
}

BOOST_AUTO_TEST_CASE(temporaries_and_the_lock_are_no_keys) {
    const test::TemporaryDirectory root;
    const PskStore store(root.path());
    BOOST_TEST_REQUIRE(store.put(record("me"), false).has_value());
    for (const char *name : {"0002.Ab12Cd", ".lock", "notes", "00003"})
        std::ofstream(store.directory() / name) << "x";
    BOOST_TEST(store.list()->size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
