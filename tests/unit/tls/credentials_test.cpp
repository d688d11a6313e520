// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/credentials.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/tls/session_fixture.hpp"

#include <thread>

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;

namespace {

/// Files of one test, and what loading them gives.
class Files {
public:
    std::filesystem::path put(const std::string &name, const std::string &contents,
                              mode_t mode = 0600) const {
        BOOST_TEST_REQUIRE(write_file(directory_ / name, as_bytes(contents), mode).has_value());
        return directory_ / name;
    }
    std::filesystem::path path(const std::string &name) const { return directory_ / name; }

    Result<std::shared_ptr<const Credentials>> load_pair(const std::string &certificate,
                                                         const std::string &key) const {
        const Certified ca = certify({.is_ca = true});
        return Credentials::load({.identity = IdentityFiles{put("own.pem", certificate), put("own.key", key)},
                                  .truststore = put("ca.pem", ca.certificate)});
    }
    std::string error_of_pair(const std::string &certificate, const std::string &key) const {
        const auto loaded = load_pair(certificate, key);
        return loaded ? "none" : loaded.error().name;
    }
    std::string error_of_trust(const std::string &contents) const {
        const auto loaded = Credentials::load({.truststore = put("trust.pem", contents)});
        return loaded ? "none" : loaded.error().name;
    }

private:
    TemporaryDirectory directory_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(tls_credentials)

BOOST_AUTO_TEST_CASE(an_identity_in_files_loads_with_its_chain_as_stored) {
    const Certified root = certify({.common_name = "Root", .is_ca = true});
    const Certified middle = certify({.common_name = "Middle", .is_ca = true}, &root);
    const Certified leaf = certify({.common_name = "leaf"}, &middle);
    const Files files;
    const auto loaded = files.load_pair(leaf.certificate + middle.certificate, leaf.key);
    BOOST_TEST_REQUIRE(loaded.has_value());
    BOOST_TEST_REQUIRE((*loaded)->chain().size() == 2u);
    BOOST_TEST((*loaded)->chain()[0].subject == "CN=leaf");
    BOOST_TEST((*loaded)->chain()[1].subject == "CN=Middle");
    BOOST_TEST((*loaded)->trust_description() == files.path("ca.pem").string() + " (1 certificate)");
}

BOOST_AUTO_TEST_CASE(a_key_that_belongs_to_another_certificate_is_refused_and_both_files_are_named) {
    const Certified one = certify({});
    const Certified other = certify({});
    const Files files;
    const auto loaded = files.load_pair(one.certificate, other.key);
    BOOST_TEST_REQUIRE(!loaded.has_value());
    BOOST_TEST(loaded.error().name == "key-mismatch");
    BOOST_TEST(loaded.error().what.find("own.pem") != std::string::npos);
    BOOST_TEST(loaded.error().what.find("own.key") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(keys_that_are_encrypted_or_no_keys_are_told_apart) {
    const Certified own = certify({});
    const Files files;
    BOOST_TEST(files.error_of_pair(own.certificate,
                                   "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
                                   "-----END ENCRYPTED PRIVATE KEY-----\n") == "private-key-encrypted");
    BOOST_TEST(files.error_of_pair(own.certificate,
                                   "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
                                   "DEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n") ==
               "private-key-encrypted");
    BOOST_TEST(files.error_of_pair(own.certificate, "no key") == "private-key-unreadable");
    BOOST_TEST(files.error_of_pair(own.certificate, "") == "private-key-unreadable");
    BOOST_TEST(files.error_of_pair(own.certificate, own.certificate) == "private-key-unreadable");
    BOOST_TEST(files.error_of_pair(own.key, own.key) == "certificate-missing");
    BOOST_TEST(files.error_of_pair("", own.key) == "certificate-missing");
    BOOST_TEST(files.error_of_pair(own.certificate.substr(0, 200), own.key) == "certificate-unreadable");
}

BOOST_AUTO_TEST_CASE(R_6_2_1_a_key_that_others_may_read_is_refused) {
    const Certified own = certify({});
    const Files files;
    const auto loaded = Credentials::load({.identity = IdentityFiles{files.put("own.pem", own.certificate),
                                                                     files.put("own.key", own.key, 0644)}});
    BOOST_TEST((!loaded && loaded.error().name == "file-exposed"));
}

BOOST_AUTO_TEST_CASE(a_certificate_that_may_not_sign_is_refused_before_any_handshake) {
    const Files files;
    const Certified own = certify({.key_usage = 0x20 /* keyEncipherment */, .rsa_bits = 2048});
    BOOST_TEST(files.error_of_pair(own.certificate, own.key) == "key-usage");
}

BOOST_AUTO_TEST_CASE(trust_stores_are_PEM_or_DER_and_never_empty) {
    const Certified one = certify({.common_name = "one", .is_ca = true});
    const Certified two = certify({.common_name = "two", .is_ca = true});
    const Files files;
    const auto loaded =
        Credentials::load({.truststore = files.put("ca.pem", one.certificate + two.certificate)});
    BOOST_TEST_REQUIRE(loaded.has_value());
    BOOST_TEST((*loaded)->trust_description().ends_with("ca.pem (2 certificates)"));
    BOOST_TEST(!(*loaded)->has_identity());
    const auto info = parse_chain(as_bytes(one.certificate), "test");
    BOOST_TEST(files.error_of_trust(std::string(as_text(info->front().der))) == "none");
    BOOST_TEST(files.error_of_trust("") == "truststore-empty");
    BOOST_TEST(files.error_of_trust("# none yet\n") != "none");
    BOOST_TEST(files.error_of_trust("# trust: nobody\n") == "none");
    BOOST_TEST(files.error_of_trust("# we trust: nobody\n") != "none");
    BOOST_TEST(files.error_of_trust(one.key) == "truststore-empty");
    BOOST_TEST(files.error_of_trust(one.certificate.substr(0, 200)) == "certificate-unreadable");
    BOOST_TEST(Credentials::load({.truststore = files.path("none")}).error().name == "file-missing");
}

BOOST_AUTO_TEST_CASE(a_revocation_list_must_be_one_and_be_signed_by_a_trusted_CA) {
    const Pki pki;
    const Pki other;
    const Files files;
    const auto error_of = [&](const std::string &crl) -> std::string {
        const auto loaded = Credentials::load(
            {.truststore = files.put("ca.pem", pki.root.certificate), .crl = files.put("crl.pem", crl)});
        return loaded ? "none" : loaded.error().name;
    };
    BOOST_TEST(error_of(revoke(pki.root, {pki.client})) == "none");
    BOOST_TEST(error_of(revoke(pki.root, {}, std::chrono::hours(-1))) == "none"); // judged at each handshake
    BOOST_TEST(error_of(revoke(other.root, {})) == "crl-unreadable");             // same name, other key
    BOOST_TEST(error_of(revoke(certify({.common_name = "stranger", .is_ca = true}), {})) == "crl-unreadable");
    BOOST_TEST(error_of(pki.root.certificate) == "crl-unreadable");
    BOOST_TEST(error_of("") == "crl-unreadable");
}

BOOST_AUTO_TEST_CASE(an_identity_may_judge_peers_as_other_credentials_do_without_reading_a_file) {
    const Pki pki;
    const auto bytes = as_bytes(pki.client.certificate);
    const auto client = Credentials::load(
        {.identity = IdentityBytes{"key 7", {bytes.begin(), bytes.end()}, Secret(as_bytes(pki.client.key))},
         .truststore = "/nonexistent/ca.pem",
         .crl = "/nonexistent/crl.pem",
         .judged_as = pki.trust()});
    BOOST_TEST_REQUIRE(client.has_value());
    Pair trusted({.credentials = *client, .server_name = "nfs1.example", .present_identity = true},
                 {.credentials = pki.server_credentials()});
    trusted.shake();
    BOOST_TEST(trusted.client_outcome.word == "done");
    BOOST_TEST(trusted.server.facts().peer_chain.at(0).subject == "CN=client");
    const Pki other;
    Pair foreign({.credentials = *client, .server_name = "nfs1.example"},
                 {.credentials = other.server_credentials()});
    foreign.shake();
    BOOST_TEST(foreign.client_outcome.word == "ca-not-trusted");
}

BOOST_AUTO_TEST_CASE(one_snapshot_serves_several_threads_at_once) {
    const Pki pki;
    const auto client = pki.identity();
    const auto server = pki.server_credentials();
    std::atomic<int> done = 0;
    const auto work = [&] {
        for (int i = 0; i < 20; ++i) {
            Pair pair({.credentials = client, .server_name = "nfs1.example", .present_identity = true},
                      {.credentials = server, .client_certificate = ClientCertificate::required});
            pair.shake();
            done += pair.client_outcome.word == "done" && pair.server_outcome.word == "done";
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back(work);
    for (auto &thread : threads)
        thread.join();
    BOOST_TEST(done == 80);
}

BOOST_AUTO_TEST_SUITE_END()
