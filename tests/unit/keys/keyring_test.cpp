// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/keyring.hpp"

#include "rpc/base/text.hpp"

#include <boost/test/unit_test.hpp>

#include <keyutils.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

using namespace rpctls;
using namespace rpctls::keys;

namespace {

/// A keyring of this process alone; gone with the last link to it.
class PrivateKeyring {
public:
    PrivateKeyring() : serial_(add_key("keyring", "rpctls-test", nullptr, 0, KEY_SPEC_PROCESS_KEYRING)) {
        if (serial_ < 0)
            BOOST_FAIL("these tests need kernel keyrings, and this kernel refuses them here: "
                       << std::strerror(errno) << " (a container's seccomp filter, perhaps)");
    }
    PrivateKeyring(const PrivateKeyring &) = delete;
    PrivateKeyring &operator=(const PrivateKeyring &) = delete;
    ~PrivateKeyring() { keyctl_unlink(serial_, KEY_SPEC_PROCESS_KEYRING); }

    Serial serial() const { return serial_; }
    Serial add(const char *description, std::string_view payload) const {
        return add_key("user", description, payload.data(), payload.size(), serial_);
    }

private:
    Serial serial_;
};

std::string description(Serial key) {
    char text[256] = {};
    return keyctl_describe(key, text, sizeof text) > 0 ? text : "";
}

constexpr ExpiryTime never = ExpiryTime::max();

Publication publication(Serial keyring, std::string_view name, std::string_view chain, std::string_view key,
                        ExpiryTime expires = never) {
    return publish_identity(keyring, name, as_bytes(chain), Secret(as_bytes(key)), expires).value();
}

IdentitySerials publish(Serial keyring, std::string_view name, std::string_view chain, std::string_view key) {
    return publication(keyring, name, chain, key).serials;
}

std::string payload(Serial key) {
    const auto read = read_key(key);
    return read ? std::string(as_text(read->bytes())) : read.error().name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(keyring)

BOOST_AUTO_TEST_CASE(a_published_identity_is_found_and_read) {
    const PrivateKeyring ring;
    BOOST_TEST(!find_identity(ring.serial(), "lab").value().has_value());
    const auto serials = publish(ring.serial(), "lab", "the chain", "the key");
    const auto found = find_identity(ring.serial(), "lab").value();
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(found->certificate == serials.certificate);
    BOOST_TEST(found->private_key == serials.private_key);
    BOOST_TEST(payload(serials.certificate) == "the chain");
    BOOST_TEST(payload(serials.private_key) == "the key");
}

BOOST_AUTO_TEST_CASE(keys_are_described_as_nfstlskey_does_and_others_have_no_rights) {
    const PrivateKeyring ring;
    const auto serials = publish(ring.serial(), "lab", "c", "k");
    const std::string user = std::to_string(::getuid()) + ";" + std::to_string(::getgid());
    // Possessor: all. Owner: view 01 and search 08, no read. Group and others: nothing.
    BOOST_TEST(description(serials.certificate) == "user;" + user + ";3f090000;nfs:x509:lab:cert");
    BOOST_TEST(description(serials.private_key) == "user;" + user + ";3f090000;nfs:x509:lab:privkey");
}

BOOST_AUTO_TEST_CASE(an_update_keeps_the_serials) {
    const PrivateKeyring ring;
    const auto first = publish(ring.serial(), "lab", "old chain", "old key");
    const auto second = publish(ring.serial(), "lab", "a new and longer chain", "a new and longer key");
    BOOST_TEST(first.certificate == second.certificate);
    BOOST_TEST(first.private_key == second.private_key);
    BOOST_TEST(payload(second.certificate) == "a new and longer chain");
    BOOST_TEST(payload(second.private_key) == "a new and longer key");
}

BOOST_AUTO_TEST_CASE(what_is_there_already_stays_as_it_is) {
    using Change = Publication::Change;
    const PrivateKeyring ring;
    BOOST_TEST((publication(ring.serial(), "lab", "chain", "key").change == Change::added));
    BOOST_TEST((publication(ring.serial(), "lab", "chain", "key").change == Change::none));
    BOOST_TEST((publication(ring.serial(), "lab", "chain", "another").change == Change::updated));
    BOOST_TEST((publication(ring.serial(), "lab", "another", "another").change == Change::updated));
    // A half that somebody has taken off is added beside the one that is left.
    const auto serials = publish(ring.serial(), "lab", "another", "another");
    keyctl_unlink(serials.private_key, ring.serial());
    const auto mended = publication(ring.serial(), "lab", "another", "another");
    BOOST_TEST((mended.change == Change::added));
    BOOST_TEST(mended.serials.certificate == serials.certificate);
}

BOOST_AUTO_TEST_CASE(keys_end_with_their_certificate_and_a_renewed_one_prolongs_them) {
    const PrivateKeyring ring;
    const auto in = [](int milliseconds) {
        return std::chrono::system_clock::now() + std::chrono::milliseconds(milliseconds);
    };
    const auto prolonged = publication(ring.serial(), "prolonged", "chain", "key", in(1500)).serials;
    const auto renewed = publication(ring.serial(), "renewed", "chain", "key", in(1500)).serials;
    const auto shortened = publication(ring.serial(), "shortened", "chain", "key").serials;
    const auto forced = publication(ring.serial(), "forced", "chain", "key", in(-1000)).serials;
    (void)publication(ring.serial(), "prolonged", "chain", "key", in(3600000));
    (void)publication(ring.serial(), "renewed", "chain 2", "key 2", in(3600000));
    (void)publication(ring.serial(), "shortened", "chain", "key", in(1500));
    BOOST_TEST(payload(shortened.private_key) == "key");
    std::this_thread::sleep_for(std::chrono::milliseconds(2100));
    BOOST_TEST(payload(prolonged.certificate) == "chain");
    BOOST_TEST(payload(prolonged.private_key) == "key");
    BOOST_TEST(payload(renewed.private_key) == "key 2");
    BOOST_TEST(payload(shortened.certificate) == "key-expired");
    BOOST_TEST(payload(shortened.private_key) == "key-expired");
    BOOST_TEST(payload(forced.certificate) == "chain"); // to publish what has ended was asked for
}

BOOST_AUTO_TEST_CASE(all_whole_pairs_of_a_keyring_are_listed_and_nothing_else) {
    const PrivateKeyring ring;
    BOOST_TEST(published_identities(ring.serial())->empty());
    for (int i = 0; i < 100; ++i)
        publish(ring.serial(), "id" + std::to_string(i), "chain", "key");
    const auto serials = publish(ring.serial(), "lab", "chain", "key");
    for (const char *other : {"nfs:x509:half:cert", "nfs:x509::cert", "nfs:x509:a:b:cert",
                              "nfs:x509:lab:more", "nfs:psk:lab:cert", "something else"})
        ring.add(other, "x");
    const auto found = published_identities(ring.serial()).value();
    BOOST_TEST(found.size() == 101u);
    BOOST_TEST(found.at("lab").certificate == serials.certificate);
    BOOST_TEST(found.at("lab").private_key == serials.private_key);
}

BOOST_AUTO_TEST_CASE(a_withdrawn_pair_is_gone_and_half_of_one_too) {
    const PrivateKeyring ring;
    publish(ring.serial(), "lab", "chain", "key");
    publish(ring.serial(), "other", "chain", "key");
    BOOST_TEST(withdraw_identity(ring.serial(), "lab").has_value());
    BOOST_TEST(!find_identity(ring.serial(), "lab")->has_value());
    BOOST_TEST(find_identity(ring.serial(), "other")->has_value());
    BOOST_TEST(withdraw_identity(ring.serial(), "lab").has_value());
    BOOST_TEST(!withdraw_identity(ring.serial(), "a/b").has_value());
}

BOOST_AUTO_TEST_CASE(a_pair_that_does_not_fit_changes_nothing) {
    const PrivateKeyring ring;
    const std::string too_large(33 * 1024, 'x'); // a `user` key holds less than 32 KiB
    BOOST_TEST(
        !publish_identity(ring.serial(), "new", as_bytes("chain"), Secret(as_bytes(too_large)), never));
    BOOST_TEST(!find_identity(ring.serial(), "new").value().has_value());
    BOOST_TEST(keyctl_search(ring.serial(), "user", "nfs:x509:new:cert", 0) == -1);

    const auto serials = publish(ring.serial(), "lab", "old chain", "old key");
    BOOST_TEST(
        !publish_identity(ring.serial(), "lab", as_bytes("new chain"), Secret(as_bytes(too_large)), never));
    BOOST_TEST(payload(serials.certificate) == "old chain");
    BOOST_TEST(payload(serials.private_key) == "old key");
}

BOOST_AUTO_TEST_CASE(half_a_pair_is_no_identity_and_is_completed) {
    const PrivateKeyring ring;
    const Serial half = ring.add("nfs:x509:lab:cert", "stale");
    BOOST_TEST(!find_identity(ring.serial(), "lab").value().has_value());
    const auto serials = publish(ring.serial(), "lab", "chain", "key");
    BOOST_TEST(serials.certificate == half);
    BOOST_TEST(payload(half) == "chain");
}

BOOST_AUTO_TEST_CASE(bad_names_never_reach_the_kernel) {
    const PrivateKeyring ring;
    for (const char *name : {"", "a:b", "a b", "../x"}) {
        BOOST_TEST(
            publish_identity(ring.serial(), name, as_bytes("c"), Secret(as_bytes("k")), never).error().name ==
            "identity-name-invalid");
        BOOST_TEST(find_identity(ring.serial(), name).error().name == "identity-name-invalid");
    }
}

BOOST_AUTO_TEST_CASE(keys_that_cannot_be_read_say_why) {
    const PrivateKeyring ring;
    const Serial revoked = ring.add("revoked", "x");
    keyctl_revoke(revoked);
    BOOST_TEST(payload(revoked) == "key-revoked");
    const Serial denied = ring.add("denied", "x");
    keyctl_setperm(denied, KEY_POS_VIEW | KEY_USR_VIEW | KEY_POS_SETATTR);
    BOOST_TEST(payload(denied) == "key-unreadable");
    const Serial expired = ring.add("expired", "x");
    keyctl_set_timeout(expired, 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(1300));
    BOOST_TEST(payload(expired) == "key-expired");
    BOOST_TEST(payload(0x7ffffff0) == "key-missing");
}

BOOST_AUTO_TEST_CASE(an_expired_pair_is_replaced) {
    const PrivateKeyring ring;
    const auto serials = publish(ring.serial(), "lab", "chain", "key");
    keyctl_set_timeout(serials.certificate, 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(1300));
    BOOST_TEST(!find_identity(ring.serial(), "lab").value().has_value());
    const auto again = publish(ring.serial(), "lab", "chain 2", "key 2");
    BOOST_TEST(payload(again.certificate) == "chain 2");
    BOOST_TEST(payload(again.private_key) == "key 2");
}

BOOST_AUTO_TEST_CASE(large_payloads_are_read_whole) {
    const PrivateKeyring ring;
    const std::string large(30 * 1024, 'c');
    const auto serials = publish(ring.serial(), "lab", large, "key");
    BOOST_TEST(payload(serials.certificate) == large);
}

BOOST_AUTO_TEST_CASE(possession_ends_when_it_is_given_up) {
    // Owned by this user, but linked where only the thread keyring can lead to it.
    const Serial parent = add_key("keyring", "rpctls-parent", nullptr, 0, KEY_SPEC_USER_KEYRING);
    BOOST_TEST_REQUIRE(parent > 0);
    keyctl_setperm(parent, KEY_POS_ALL | KEY_USR_ALL);
    const Serial key = add_key("user", "secret", "x", 1, parent);
    keyctl_setperm(key, KEY_POS_ALL | KEY_USR_VIEW);
    // The process may have the user keyring in its session; a session of its own does not.
    std::jthread([&] {
        BOOST_TEST(keyctl_join_session_keyring(nullptr) > 0);
        BOOST_TEST(payload(key) == "key-unreadable");
        BOOST_TEST(possess(parent, Scope::thread).has_value());
        BOOST_TEST(payload(key) == "x");
        BOOST_TEST(relinquish(parent, Scope::thread).has_value());
        BOOST_TEST(payload(key) == "key-unreadable");
        BOOST_TEST(relinquish(parent, Scope::thread).has_value());
        BOOST_TEST(possess(parent).has_value());
        BOOST_TEST(payload(key) == "x");
        BOOST_TEST(relinquish(parent).has_value());
    }).join();
    keyctl_unlink(parent, KEY_SPEC_USER_KEYRING);
    BOOST_TEST(possess(0x7ffffff0).error().name == "key-missing");
}

BOOST_AUTO_TEST_CASE(looking_for_the_nfs_keyring_never_fails_where_there_are_keyrings) {
    const auto found = find_nfs_keyring();
    BOOST_TEST_REQUIRE(found.has_value());
    if (*found)
        BOOST_TEST(description(**found).ends_with(";.nfs"));
}

BOOST_AUTO_TEST_SUITE_END()
