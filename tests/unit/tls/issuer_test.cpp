// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/issuer.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/key_encryption.hpp"
#include "rpc/tls/key_pair.hpp"
#include "rpc/tls/post_quantum.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace rpctls;
using namespace rpctls::tls;
using namespace std::chrono_literals;

namespace {

using Days = std::chrono::duration<int, std::ratio<86400>>;

IssuedPair ca(KeyKind key = KeyKind::ecdsa_p256) {
    return make_ca({"Test CA", key, Days(30)}).value();
}

LeafRequest server_request() {
    const Time now = std::chrono::system_clock::now();
    return {.common_name = "nfs1",
            .profile = Profile::server,
            .dns_names = {"nfs1.example"},
            .ip_addresses = {"192.0.2.7", "2001:db8::7"},
            .not_before = now - 5min,
            .not_after = now + Days(7)};
}

std::string refusal(const LeafRequest &request, const IssuedPair &issuer) {
    auto pair = issue(request, issuer.certificate_pem, issuer.private_key_pem);
    return pair ? "issued" : pair.error().name;
}

const std::vector<std::string> server_purposes{"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.34"};
const std::vector<std::string> client_purposes{"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.33"};

// Made with openssl pkcs8 -topk8 and openssl ec -aes128; they hold nothing worth opening.
constexpr const char *encrypted_pkcs8 = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                        "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjEOMhAXJSdJAICCAAw\n"
                                        "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEC+uj6xp4xW0J7s9f2WPWW0EgZA4\n"
                                        "YxaVoY+uZ8e2ymSaU61ZN5dVuEkWVF86Cuaoy9UJKlWqJEFbjuAiRKWGlLSCMp2y\n"
                                        "1L18NMCHdP+zvcQY1gYYLmVX6NwjHnnZD1mYEeu+ionR5lSlIQFn9EPyEybLjbML\n"
                                        "qhkic0iGCWQrl1/04ZZyjaQmHUcO3dvCxJV/qiYrqT3k6xphys8EC5gmNFh+XJw=\n"
                                        "-----END ENCRYPTED PRIVATE KEY-----\n"
                                        "\n";
constexpr const char *encrypted_traditional =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: AES-128-CBC,68F89CB52B2A0BCD5D79EDEDF46C5B25\n"
    "\n"
    "H9cLGShwBPRMP03DpddOQEkrUJiI2ZkAMz8hcY+5NZbYdpo8wmEwsMzAZNk0e6/Z\n"
    "3OXBS4p+SbHs0ntX4xWQ+vmEXKkrloAwgl0lGjAss7zUEMF/QmG0GBvtUXMrVu1e\n"
    "4eNqkr+oMtmzWI1IkGNDmHYoQjZQVzQ5Z8bW5gYDkMI=\n"
    "-----END EC PRIVATE KEY-----\n"
    "\n";

} // namespace

BOOST_AUTO_TEST_SUITE(issuer)

BOOST_AUTO_TEST_CASE(a_ca_signs_certificates_and_nothing_else) {
    const IssuedPair pair = ca();
    BOOST_TEST(pair.info.subject == "CN=Test CA");
    BOOST_TEST(pair.info.issuer == "CN=Test CA");
    BOOST_TEST(pair.info.is_ca);
    BOOST_TEST(pair.info.key_usages == (std::vector<std::string>{"keyCertSign", "cRLSign"}),
               boost::test_tools::per_element());
    BOOST_TEST(pair.info.extended_key_usages.empty());
    BOOST_TEST(pair.info.names() == "none");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_2_R_5_2_1_1_1_a_server_has_its_names_and_both_server_purposes) {
    const IssuedPair issuer = ca();
    const auto pair = issue(server_request(), issuer.certificate_pem, issuer.private_key_pem).value();
    BOOST_TEST(pair.info.names() == "DNS:nfs1.example, IP:192.0.2.7, IP:2001:db8::7");
    BOOST_TEST(pair.info.issuer == "CN=Test CA");
    BOOST_TEST(!pair.info.is_ca);
    BOOST_TEST(pair.info.key_usages == std::vector<std::string>{"digitalSignature"},
               boost::test_tools::per_element());
    BOOST_TEST(pair.info.extended_key_usages == server_purposes, boost::test_tools::per_element());
    BOOST_TEST(parse_chain(as_bytes(pair.certificate_pem), "pair").value().size() == 1);
}

BOOST_AUTO_TEST_CASE(clients_and_peers_have_the_purposes_of_their_roles) {
    const IssuedPair issuer = ca();
    LeafRequest request = server_request();
    request.profile = Profile::client;
    const auto client = issue(request, issuer.certificate_pem, issuer.private_key_pem).value();
    BOOST_TEST(client.info.extended_key_usages == client_purposes, boost::test_tools::per_element());
    request.profile = Profile::peer;
    const auto peer = issue(request, issuer.certificate_pem, issuer.private_key_pem).value();
    std::vector<std::string> both = server_purposes;
    both.insert(both.end(), client_purposes.begin(), client_purposes.end());
    BOOST_TEST(peer.info.extended_key_usages == both, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_kind_of_key_signs_every_kind_of_key) {
    const KeyKind kinds[] = {KeyKind::ecdsa_p256, KeyKind::ecdsa_p384, KeyKind::ed25519, KeyKind::rsa_3072};
    const char *names[] = {"ECDSA P-256", "ECDSA P-384", "Ed25519", "RSA 3072"};
    for (const KeyKind of_ca : kinds) {
        const IssuedPair issuer = ca(of_ca);
        for (std::size_t i = 0; i < std::size(kinds); ++i) {
            LeafRequest request = server_request();
            request.key = kinds[i];
            auto pair = issue(request, issuer.certificate_pem, issuer.private_key_pem);
            BOOST_TEST_REQUIRE(pair.has_value());
            BOOST_TEST(pair->info.key_type == names[i]);
            auto read = read_key_pair(as_bytes(pair->certificate_pem), "cert", pair->private_key_pem, "key");
            BOOST_TEST(read.has_value());
            BOOST_TEST(as_text(pair->private_key_pem.bytes()).starts_with("-----BEGIN PRIVATE KEY-----"));
        }
    }
}

BOOST_AUTO_TEST_CASE(serials_are_16_octets_positive_and_differ) {
    const IssuedPair issuer = ca();
    std::set<std::string> serials;
    for (int i = 0; i < 32; ++i) {
        const auto pair = issue(server_request(), issuer.certificate_pem, issuer.private_key_pem).value();
        BOOST_TEST(pair.info.serial.size() == 32);
        BOOST_TEST((pair.info.serial[0] >= '4' && pair.info.serial[0] <= '7'));
        serials.insert(pair.info.serial);
    }
    BOOST_TEST(serials.size() == 32);
}

BOOST_AUTO_TEST_CASE(names_given_twice_stand_once) {
    const IssuedPair issuer = ca();
    LeafRequest request = server_request();
    request.dns_names = {"nfs1.example", "NFS1.EXAMPLE"};
    request.ip_addresses = {"2001:db8::7", "2001:db8:0::7"};
    const auto pair = issue(request, issuer.certificate_pem, issuer.private_key_pem).value();
    BOOST_TEST(pair.info.names() == "DNS:nfs1.example, IP:2001:db8::7");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_3_a_server_without_names_is_refused_and_a_client_is_not) {
    const IssuedPair issuer = ca();
    LeafRequest request = server_request();
    request.dns_names.clear();
    request.ip_addresses.clear();
    BOOST_TEST(refusal(request, issuer) == "names-missing");
    request.profile = Profile::peer;
    BOOST_TEST(refusal(request, issuer) == "names-missing");
    request.profile = Profile::client;
    BOOST_TEST(refusal(request, issuer) == "issued");
}

BOOST_AUTO_TEST_CASE(bad_names_are_refused_by_kind) {
    const IssuedPair issuer = ca();
    LeafRequest request = server_request();
    request.dns_names = {"*.example"};
    BOOST_TEST(refusal(request, issuer) == "wildcard-refused");
    request.dns_names = {"192.0.2.7"};
    BOOST_TEST(refusal(request, issuer) == "ip-as-dns-name");
    request.dns_names = {"a_b"};
    BOOST_TEST(refusal(request, issuer) == "dns-name-invalid");
    request.dns_names.clear();
    request.ip_addresses = {"nfs1"};
    BOOST_TEST(refusal(request, issuer) == "ip-address-invalid");
    request = server_request();
    request.common_name = "";
    BOOST_TEST(refusal(request, issuer) == "common-name-invalid");
}

BOOST_AUTO_TEST_CASE(a_certificate_never_outlives_its_ca) {
    const IssuedPair issuer = ca();
    LeafRequest request = server_request();
    request.not_after = issuer.info.not_after + 1s;
    BOOST_TEST(refusal(request, issuer) == "validity-exceeds-ca");
    request.not_after = issuer.info.not_after;
    BOOST_TEST(refusal(request, issuer) == "issued");
    request.not_before = request.not_after;
    BOOST_TEST(refusal(request, issuer) == "validity-empty");
}

BOOST_AUTO_TEST_CASE(only_a_ca_with_its_own_key_issues) {
    const IssuedPair issuer = ca();
    const IssuedPair other = ca();
    const auto leaf = issue(server_request(), issuer.certificate_pem, issuer.private_key_pem).value();
    BOOST_TEST(refusal(server_request(), leaf) == "not-a-ca");
    auto crossed = issue(server_request(), issuer.certificate_pem, other.private_key_pem);
    BOOST_TEST(crossed.error().name == "key-mismatch");
    const IssuedPair expired = make_ca({"Old CA", KeyKind::ecdsa_p256, -60s}).value();
    BOOST_TEST(refusal(server_request(), expired) == "ca-expired");
    auto garbage = issue(server_request(), "no certificate", issuer.private_key_pem);
    BOOST_TEST(garbage.error().name == "certificate-missing");
    auto no_key = issue(server_request(), issuer.certificate_pem, Secret(as_bytes("no key")));
    BOOST_TEST(no_key.error().name == "private-key-unreadable");
}

BOOST_AUTO_TEST_CASE(pairs_that_do_not_belong_together_are_told_apart) {
    const IssuedPair one = ca();
    const IssuedPair two = ca();
    auto crossed = read_key_pair(as_bytes(one.certificate_pem), "one.pem", two.private_key_pem, "two.key");
    BOOST_TEST(crossed.error().name == "key-mismatch");
    BOOST_TEST(crossed.error().what.find("two.key") != std::string::npos);
    BOOST_TEST(crossed.error().what.find("one.pem") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_chain_goes_to_a_keyring_as_concatenated_der_and_comes_back) {
    const IssuedPair issuer = ca();
    const auto leaf = issue(server_request(), issuer.certificate_pem, issuer.private_key_pem).value();
    const std::string both = leaf.certificate_pem + issuer.certificate_pem;
    const auto pair = read_key_pair(as_bytes(both), "cert", leaf.private_key_pem, "key").value();
    const auto again = parse_chain(pair.chain_der(), "keyring").value();
    BOOST_TEST(again.size() == 2);
    BOOST_TEST(again[0].fingerprint == leaf.info.fingerprint);
    BOOST_TEST(again[1].fingerprint == issuer.info.fingerprint);
    auto read = read_key_pair(pair.chain_der(), "cert", pair.private_key_der, "key");
    BOOST_TEST(read.has_value());
}

BOOST_AUTO_TEST_CASE(a_ca_with_constraints_signs_what_they_permit_and_nothing_else) {
    const IssuedPair issuer = make_ca({.common_name = "Storage CA",
                                       .lifetime = Days(30),
                                       .permitted_dns = {"storage.example", ".lab.example"},
                                       .permitted_networks = {"192.0.2.0/24", "2001:db8::/32"}})
                                  .value();
    LeafRequest request = server_request();
    BOOST_TEST(refusal(request, issuer) == "name-not-permitted");
    request.dns_names = {"nfs1.storage.example", "storage.example", "nfs.lab.example"};
    BOOST_TEST(refusal(request, issuer) == "issued");
    request.ip_addresses = {"198.51.100.1"};
    BOOST_TEST(refusal(request, issuer) == "name-not-permitted");
    request = server_request();
    request.profile = Profile::client;
    request.dns_names.clear();
    BOOST_TEST(refusal(request, issuer) == "issued");
    for (const char *domain : {"", "*.example", "a b", "192.0.2.7"})
        BOOST_TEST(
            make_ca({.common_name = "x", .lifetime = Days(1), .permitted_dns = {domain}}).error().name ==
            "constraint-invalid");
    for (const char *network : {"", "192.0.2.0", "192.0.2.0/33", "example"})
        BOOST_TEST(make_ca({.common_name = "x", .lifetime = Days(1), .permitted_networks = {network}})
                       .error()
                       .name == "constraint-invalid");
}

BOOST_AUTO_TEST_CASE(a_key_that_was_encrypted_opens_with_its_passphrase_alone) {
    const IssuedPair pair = ca();
    const Secret passphrase(as_bytes("correct-horse-battery"));
    const Secret locked = encrypt_private_key(pair.private_key_pem, passphrase).value();
    BOOST_TEST(as_text(locked.bytes()).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    BOOST_TEST(is_encrypted_key(locked));
    BOOST_TEST(!is_encrypted_key(pair.private_key_pem));
    const Secret opened = decrypt_private_key(locked, passphrase, "ca.key").value();
    BOOST_TEST(opened.equals(pair.private_key_pem.bytes()));
    auto wrong = decrypt_private_key(locked, Secret(as_bytes("correct-horse-batterx")), "ca.key");
    BOOST_TEST(wrong.error().name == "passphrase-wrong");
    auto weak = encrypt_private_key(pair.private_key_pem, Secret(as_bytes("short")));
    BOOST_TEST(weak.error().name == "passphrase-weak");
    auto damaged = decrypt_private_key(Secret(locked.bytes().first(locked.size() / 2)), passphrase, "ca.key");
    BOOST_TEST(damaged.error().name == "private-key-unreadable");
    // What openssl wrote, with 2048 rounds.
    BOOST_TEST(decrypt_private_key(Secret(as_bytes(encrypted_pkcs8)), Secret(as_bytes("no idea")), "x")
                   .error()
                   .name == "passphrase-wrong");
}

BOOST_AUTO_TEST_CASE(keys_of_a_type_that_the_library_lacks_are_refused_by_name) {
    const auto pair = make_ca({"PQ CA", KeyKind::ml_dsa_65, Days(30)});
    if (has_post_quantum_signatures()) {
        BOOST_TEST(pair->info.key_type.starts_with("ML-DSA"));
    } else {
        BOOST_TEST(pair.error().name == "key-type-unsupported");
        BOOST_TEST(pair.error().what.find("GnuTLS 3.") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(encrypted_keys_are_called_so) {
    const IssuedPair pair = ca();
    for (const char *key : {encrypted_pkcs8, encrypted_traditional}) {
        auto read =
            read_key_pair(as_bytes(pair.certificate_pem), "cert", Secret(as_bytes(key)), "client.key");
        BOOST_TEST(read.error().name == "private-key-encrypted");
        BOOST_TEST(read.error().what == "the private key in client.key is encrypted");
    }
}

BOOST_AUTO_TEST_SUITE_END()
