// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/bundle.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/issuer.hpp"
#include "rpc/tls/key_pair.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace rpctls;
using namespace rpctls::tls;
using namespace std::chrono_literals;

namespace {

Secret secret(std::string_view text) {
    return Secret(as_bytes(text));
}

constexpr std::string_view passphrase = "correct-horse-battery";

struct Made {
    IssuedPair ca;
    IssuedPair leaf;
    std::vector<std::byte> bundle;
};

Made made(KeyKind kind = KeyKind::ecdsa_p256) {
    IssuedPair ca = make_ca({"Test CA", kind, 24h}).value();
    const Time now = std::chrono::system_clock::now();
    LeafRequest request{.common_name = "client1", .profile = Profile::client};
    request.key = kind;
    request.not_before = now - 1h;
    request.not_after = now + 2h;
    IssuedPair leaf = issue(request, ca.certificate_pem, ca.private_key_pem).value();
    auto bundle =
        make_bundle({"client1", leaf.certificate_pem, leaf.private_key_pem.duplicate(), ca.certificate_pem},
                    secret(passphrase))
            .value();
    return {std::move(ca), std::move(leaf), std::move(bundle)};
}

/// A seed of the fuzz target: made by others, and with one round of key derivation.
std::string seed(const std::string &name) {
    return read_file(std::string(FUZZ_SEEDS "/bundle.in/") + name).value();
}

std::string refusal(std::span<const std::byte> bundle, std::string_view with = passphrase) {
    auto read = read_bundle(bundle, secret(with), "x.p12");
    return read ? "read" : read.error().name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(bundle)

BOOST_AUTO_TEST_CASE(what_goes_into_a_bundle_comes_out_of_it) {
    for (const KeyKind kind :
         {KeyKind::ecdsa_p256, KeyKind::ecdsa_p384, KeyKind::ed25519, KeyKind::rsa_3072}) {
        const Made all = made(kind);
        const auto read = read_bundle(all.bundle, secret(passphrase), "x.p12");
        BOOST_TEST_REQUIRE(read.has_value());
        BOOST_TEST(read->name == "client1");
        BOOST_TEST(read->chain_pem == all.leaf.certificate_pem);
        BOOST_TEST(read->trust_pem == all.ca.certificate_pem);
        auto pair = read_key_pair(as_bytes(read->chain_pem), "cert", read->private_key_pem, "key");
        BOOST_TEST(pair.has_value());
    }
}

BOOST_AUTO_TEST_CASE(nothing_of_it_can_be_read_without_the_passphrase) {
    const Made all = made();
    const std::string_view text = as_text(all.bundle);
    BOOST_TEST(text.find("client1") == std::string_view::npos);
    BOOST_TEST(text.find("Test CA") == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(what_openssl_wrote_is_read) {
    const std::string file = seed("openssl");
    const auto read = read_bundle(as_bytes(file), secret(passphrase), "x.p12");
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->name == "l");
    const auto chain = parse_chain(as_bytes(read->chain_pem), "chain").value();
    BOOST_TEST(chain.size() == 1u);
    BOOST_TEST(chain.front().subject == "CN=l");
    BOOST_TEST(parse_chain(as_bytes(read->trust_pem), "trust").value().front().subject == "CN=CA");
    BOOST_TEST(refusal(as_bytes(seed("openssl-legacy"))) == "read"); // RC2 and 3DES; old, and still about
}

BOOST_AUTO_TEST_CASE(a_wrong_passphrase_and_a_damaged_file_are_told_apart) {
    const std::string file = seed("openssl");
    const auto octets = as_bytes(file);
    BOOST_TEST(refusal(octets, "correct-horse-batterx") == "passphrase-wrong");
    BOOST_TEST(refusal(octets, "") == "passphrase-wrong");
    BOOST_TEST(refusal(octets, std::string_view("correct\0horse", 13)) == "passphrase-invalid");
    // Whatever is cut off or changed: never taken.
    for (std::size_t length = 0; length < octets.size(); ++length)
        BOOST_TEST(refusal(octets.first(length)) == "bundle-unreadable");
    const BundleContents whole = read_bundle(octets, secret(passphrase), "x.p12").value();
    std::map<std::string, int> seen;
    for (std::size_t at = 0; at < octets.size(); ++at) {
        std::vector<std::byte> flipped(octets.begin(), octets.end());
        flipped[at] ^= std::byte{0x10};
        const std::string answer = refusal(flipped);
        ++seen[answer];
        // The MAC covers all but the frame around it: its version and the like may be bent, what is inside may not.
        if (answer == "read") {
            const auto bent = read_bundle(flipped, secret(passphrase), "x.p12");
            BOOST_TEST(bent->chain_pem == whole.chain_pem);
            BOOST_TEST(bent->trust_pem == whole.trust_pem);
            BOOST_TEST(bent->private_key_pem.equals(whole.private_key_pem.bytes()));
        }
    }
    BOOST_TEST(seen["read"] < 8);
    // Most octets are ciphertext, of two parts; the other part shows that the passphrase is the right one.
    BOOST_TEST(seen["bundle-damaged"] > static_cast<int>(octets.size() * 3 / 4));
}

BOOST_AUTO_TEST_CASE(files_that_protect_nothing_or_hold_no_identity_are_refused) {
    BOOST_TEST(refusal(as_bytes(seed("no-mac"))) == "bundle-unprotected");
    BOOST_TEST(refusal(as_bytes(seed("no-key"))) == "bundle-incomplete");
    BOOST_TEST(refusal(as_bytes(seed("plain"))) == "read"); // its MAC still shows that nobody changed it
}

BOOST_AUTO_TEST_CASE(what_is_no_bundle_is_called_so) {
    BOOST_TEST(refusal({}) == "bundle-unreadable");
    BOOST_TEST(refusal(as_bytes("-----BEGIN CERTIFICATE-----")) == "bundle-unreadable");
    BOOST_TEST(refusal(std::vector<std::byte>(largest_bundle + 1)) == "bundle-too-large");
}

BOOST_AUTO_TEST_CASE(a_bundle_that_would_cost_minutes_of_key_derivation_is_refused_before_it_does) {
    const Made all = made();
    // The last number of the file is that of the MAC's rounds.
    auto costly = all.bundle;
    const auto rounds = std::span(costly).last(5);
    BOOST_TEST_REQUIRE((rounds[0] == std::byte{0x02} && rounds[1] == std::byte{0x03}));
    rounds[2] = std::byte{0x7f};
    const auto before = std::chrono::steady_clock::now();
    BOOST_TEST(refusal(costly) == "bundle-costly");
    BOOST_TEST((std::chrono::steady_clock::now() - before < 1s));
}

BOOST_AUTO_TEST_CASE(a_short_passphrase_makes_no_bundle) {
    const Made all = made();
    const BundleContents contents{"x", all.leaf.certificate_pem, all.leaf.private_key_pem.duplicate(), ""};
    BOOST_TEST(make_bundle(contents, secret("eleven-char")).error().name == "passphrase-weak");
    BOOST_TEST(make_bundle(contents, secret("twelve-chars")).has_value());
}

BOOST_AUTO_TEST_CASE(a_key_of_another_certificate_makes_no_bundle) {
    const Made one = made();
    const Made two = made();
    const BundleContents contents{"x", one.leaf.certificate_pem, two.leaf.private_key_pem.duplicate(), ""};
    BOOST_TEST(make_bundle(contents, secret(passphrase)).error().name == "key-mismatch");
}

BOOST_AUTO_TEST_SUITE_END()
