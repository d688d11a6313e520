// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/session.hpp"

#include "rpc/base/file.hpp"
#include "tests/unit/tls/session_fixture.hpp"

using namespace rpctls;
using namespace rpctls::test;
using rpctls::tls::ClientCertificate;

namespace {

using std::chrono::hours;

/// A client that trusts `trust` meets a server with `credentials` under `name`; the client's error.
struct Meeting {
    Outcome client;
    Outcome server;
    tls::SessionFacts facts;
};

Meeting meet(std::shared_ptr<const tls::Credentials> trust, std::shared_ptr<const tls::Credentials> server,
             const std::string &name = "nfs1.example") {
    Pair pair({.credentials = std::move(trust), .server_name = name}, {.credentials = std::move(server)});
    pair.shake();
    return {pair.client_outcome, pair.server_outcome, pair.client.facts()};
}

Meeting meet(const Pki &pki, const CertificateSpec &server, const std::string &name = "nfs1.example") {
    return meet(pki.trust(), pki.server_credentials(certify(server, &pki.root)), name);
}

/// The client's error name when the server's certificate is made from `spec` and the client asks for `name`.
std::string verdict(const CertificateSpec &spec, const std::string &name = "nfs1.example") {
    static const Pki pki;
    return meet(pki, spec, name).client.word;
}

/// The server's view of a client that presents `own`, and what the client hears afterwards.
struct Judgement {
    Outcome server;
    std::string client_hears;
    Outcome client;
};
Judgement judge(const Pki &pki, std::vector<Certified> own, ClientCertificate policy, std::string crl = {}) {
    const bool with_identity = !own.empty();
    Pair pair({.credentials = load({.own = std::move(own), .trusted = {pki.root}}),
               .server_name = "nfs1.example",
               .present_identity = with_identity},
              {.credentials = load({.own = {pki.server}, .trusted = {pki.root}, .crl = std::move(crl)}),
               .client_certificate = policy});
    pair.shake();
    BOOST_TEST(pair.client_outcome.word == "done"); // R-4.2-5: TLS 1.3 lets it believe so
    Judgement judgement{pair.server_outcome, Pair::hear(pair.client, pair.client_outcome), {}};
    judgement.client = pair.client_outcome;
    return judgement;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_verification)

BOOST_AUTO_TEST_CASE(where_the_trust_store_says_nobody_nobody_passes) {
    const Pki pki;
    const TemporaryDirectory folder;
    BOOST_TEST_REQUIRE(write_file(folder / "trust.pem", as_bytes("# trust: nobody\n"), 0644).has_value());
    const auto trust = tls::Credentials::load({.truststore = folder / "trust.pem"});
    BOOST_TEST_REQUIRE(trust.has_value());
    const auto server = pki.server_credentials(certify({.dns_names = {"nfs1.example"}}, &pki.root));
    BOOST_TEST(meet(pki.trust(), server).client.word == "done");
    BOOST_TEST(meet(*trust, server).client.word == "ca-not-trusted");
}

BOOST_AUTO_TEST_CASE(an_unknown_CA_is_named_together_with_the_trust_store) {
    const Pki pki;
    const Pki other;
    const Certified stranger = certify({.common_name = "Other CA", .is_ca = true});
    const Meeting met = meet(load({.trusted = {stranger}}), pki.server_credentials());
    BOOST_TEST(met.client.word == "ca-not-trusted");
    BOOST_TEST(fact(met.client.error, "issuer") == "CN=Test CA");
    BOOST_TEST(fact(met.client.error, "trust").ends_with("trust.pem (1 certificate)"));
    BOOST_TEST((met.client.error->stage == Stage::verify));
    BOOST_TEST(!met.client.error->hint.empty());
    BOOST_TEST(met.server.word == "peer-alert");
    BOOST_TEST(fact(met.server.error, "alert") == "unknown_ca");
    BOOST_TEST(met.facts.peer_chain.size() == 1u); // for the probe to print, with what was agreed so far
    BOOST_TEST(met.facts.version == "TLS 1.3");
    BOOST_TEST(met.facts.cipher == "TLS_AES_256_GCM_SHA384");
    BOOST_TEST(!met.facts.group.empty());
    BOOST_TEST((met.facts.alpn == "sunrpc"));
    BOOST_TEST(!met.facts.peer_authenticated);
}

BOOST_AUTO_TEST_CASE(a_CA_made_anew_under_its_old_name_is_recognised_as_such) {
    const Pki pki;
    const Pki anew;
    const Meeting met = meet(anew.trust(), pki.server_credentials());
    BOOST_TEST(met.client.word == "ca-not-trusted");
    BOOST_TEST(!fact(met.client.error, "trusted").empty());
}

BOOST_AUTO_TEST_CASE(a_self_signed_server_is_refused_unless_it_is_trusted_itself) {
    const Pki pki;
    const Certified self = certify({.common_name = "self", .dns_names = {"nfs1.example"}});
    BOOST_TEST(meet(pki.trust(), load({.own = {self}, .trusted = {pki.root}})).client.word ==
               "ca-not-trusted");
    BOOST_TEST(meet(load({.trusted = {self}}), load({.own = {self}, .trusted = {pki.root}})).client.word ==
               "done");
}

BOOST_AUTO_TEST_CASE(a_chain_with_its_intermediate_verifies_and_a_wrong_one_names_what_is_missing) {
    const Pki pki;
    const Certified intermediate = certify({.common_name = "Intermediate CA", .is_ca = true}, &pki.root);
    const Certified unrelated = certify({.common_name = "Unrelated CA", .is_ca = true}, &pki.root);
    const Certified leaf = certify({.common_name = "leaf", .dns_names = {"nfs1.example"}}, &intermediate);
    const auto with = [&](std::vector<Certified> chain) {
        return meet(pki.trust(), load({.own = std::move(chain), .trusted = {pki.root}}));
    };
    BOOST_TEST(with({leaf, intermediate}).client.word == "done");
    BOOST_TEST(with({leaf, intermediate, pki.root}).client.word == "done");
    BOOST_TEST(with({leaf}).client.word == "ca-not-trusted"); // nothing tells this from an unknown CA
    const Meeting met = with({leaf, unrelated});
    BOOST_TEST(met.client.word == "chain-incomplete");
    BOOST_TEST(fact(met.client.error, "missing") == "CN=Intermediate CA");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_1_dates_outside_the_certificate_s_own_are_told_with_the_local_clock) {
    const Pki pki;
    const Meeting late = meet(pki, {.dns_names = {"nfs1.example"}, .from = hours(-48), .until = hours(-1)});
    BOOST_TEST(late.client.word == "certificate-expired");
    BOOST_TEST(fact(late.client.error, "expired").ends_with("Z"));
    BOOST_TEST(fact(late.client.error, "local clock").ends_with("Z"));
    BOOST_TEST(fact(late.server.error, "alert") == "certificate_expired");
    const Meeting early = meet(pki, {.dns_names = {"nfs1.example"}, .from = hours(5), .until = hours(48)});
    BOOST_TEST(early.client.word == "certificate-not-yet-valid");
    BOOST_TEST(fact(early.client.error, "valid from") > fact(early.client.error, "local clock"));
    BOOST_TEST(fact(early.server.error, "alert") == "bad_certificate");
}

BOOST_AUTO_TEST_CASE(an_expired_CA_is_told_from_an_expired_leaf) {
    const Certified old =
        certify({.common_name = "Old CA", .is_ca = true, .from = hours(-48), .until = hours(-1)});
    const Certified leaf = certify({.common_name = "leaf", .dns_names = {"nfs1.example"}}, &old);
    const Meeting met = meet(load({.trusted = {old}}), load({.own = {leaf}, .trusted = {old}}));
    BOOST_TEST(met.client.word == "certificate-expired");
    BOOST_TEST(fact(met.client.error, "expired CA") == "CN=Old CA");
}

BOOST_AUTO_TEST_CASE(a_wrong_name_shows_the_names_that_are_there) {
    const Pki pki;
    const Meeting met =
        meet(pki, {.dns_names = {"nfs2.example", "nfs3.example"}, .addresses = {"192.0.2.7"}});
    BOOST_TEST(met.client.word == "server-name-mismatch");
    BOOST_TEST(fact(met.client.error, "expected") == "DNS:nfs1.example");
    BOOST_TEST(fact(met.client.error, "seen") == "DNS:nfs2.example, DNS:nfs3.example, IP:192.0.2.7");
    BOOST_TEST(met.server.word == "peer-alert");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_4_the_common_name_is_never_an_identity) {
    BOOST_TEST(verdict({.common_name = "nfs1.example"}) == "server-name-mismatch");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_5_a_wildcard_never_matches) {
    BOOST_TEST(verdict({.dns_names = {"*.example"}}) == "server-name-mismatch");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_7_an_address_matches_iPAddress_SANs_only) {
    BOOST_TEST(verdict({.addresses = {"192.0.2.7"}}, "192.0.2.7") == "done");
    BOOST_TEST(verdict({.addresses = {"2001:db8::7"}}, "[2001:db8:0::7]") == "done");
    BOOST_TEST(verdict({.addresses = {"fe80::7"}}, "fe80::7%eth0") == "done");
    BOOST_TEST(verdict({.dns_names = {"192.0.2.7"}}, "192.0.2.7") == "server-name-mismatch");
    BOOST_TEST(verdict({.common_name = "192.0.2.7", .dns_names = {"nfs1.example"}}, "192.0.2.7") ==
               "server-name-mismatch");
    BOOST_TEST(verdict({.addresses = {"192.0.2.8"}}, "192.0.2.7") == "server-name-mismatch");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_1_an_issuer_that_is_no_CA_and_a_violated_name_constraint_are_refused) {
    const Pki pki;
    const Certified no_ca = certify({.common_name = "no CA"}, &pki.root);
    const Certified below = certify({.common_name = "below", .dns_names = {"nfs1.example"}}, &no_ca);
    BOOST_TEST(meet(pki.trust(), load({.own = {below, no_ca}, .trusted = {pki.root}})).client.word ==
               "certificate-invalid");
    const Certified narrow =
        certify({.common_name = "Narrow CA", .is_ca = true, .permitted_dns = "elsewhere.example"}, &pki.root);
    const Certified outside = certify({.common_name = "outside", .dns_names = {"nfs1.example"}}, &narrow);
    BOOST_TEST(meet(pki.trust(), load({.own = {outside, narrow}, .trusted = {pki.root}})).client.word ==
               "certificate-invalid");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_1_a_revoked_certificate_is_refused_and_others_of_its_CA_are_not) {
    const Pki pki;
    const Certified other = certify({.common_name = "other", .dns_names = {"nfs1.example"}}, &pki.root);
    const std::string crl = revoke(pki.root, {pki.server});
    const auto trust = load({.trusted = {pki.root}, .crl = crl});
    const Meeting met = meet(trust, pki.server_credentials());
    BOOST_TEST(met.client.word == "certificate-revoked");
    BOOST_TEST(fact(met.server.error, "alert") == "certificate_revoked");
    BOOST_TEST(meet(trust, pki.server_credentials(other)).client.word == "done");
    const auto outdated = load({.trusted = {pki.root}, .crl = revoke(pki.root, {}, hours(-1))});
    BOOST_TEST(meet(outdated, pki.server_credentials()).client.word == "crl-outdated");
}

BOOST_AUTO_TEST_CASE(R_5_4_short_keys_and_SHA_1_are_weak) {
    BOOST_TEST(verdict({.dns_names = {"nfs1.example"}, .rsa_bits = 1024}) == "weak-key");
    BOOST_TEST(verdict({.dns_names = {"nfs1.example"}, .sha1 = true}) == "weak-key");
    BOOST_TEST(verdict({.dns_names = {"nfs1.example"}, .rsa_bits = 2048}) == "done");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_1_2_extended_key_usage_is_not_enforced_by_default) {
    BOOST_TEST(verdict({.dns_names = {"nfs1.example"}, .extended_key_usages = {"1.3.6.1.5.5.7.3.33"}}) ==
               "done");
}

BOOST_AUTO_TEST_CASE(R_4_2_5_a_server_that_insists_says_so_to_an_anonymous_client) {
    const Pki pki;
    const Judgement judgement = judge(pki, {}, ClientCertificate::required);
    BOOST_TEST(judgement.server.word == "certificate-missing");
    BOOST_TEST((judgement.server.error->stage == Stage::verify));
    BOOST_TEST(judgement.client_hears == "client-certificate-required");
    BOOST_TEST(fact(judgement.client.error, "alert") == "certificate_required");
}

BOOST_AUTO_TEST_CASE(R_4_2_4_a_client_certificate_that_fails_is_refused_even_where_none_is_required) {
    const Pki pki;
    const Certified stranger = certify({.common_name = "stranger"});
    const Judgement judgement = judge(pki, {stranger}, ClientCertificate::verified_if_given);
    BOOST_TEST(judgement.server.word == "ca-not-trusted");
    BOOST_TEST(judgement.client_hears == "client-certificate-refused");
    BOOST_TEST(fact(judgement.client.error, "alert") == "unknown_ca");
}

BOOST_AUTO_TEST_CASE(an_expired_or_revoked_client_certificate_is_refused_with_its_own_reason) {
    const Pki pki;
    const Certified old = certify({.common_name = "old", .from = hours(-48), .until = hours(-1)}, &pki.root);
    const Judgement expired = judge(pki, {old}, ClientCertificate::required);
    BOOST_TEST(expired.server.word == "certificate-expired");
    BOOST_TEST(expired.client_hears == "client-certificate-refused");
    BOOST_TEST(fact(expired.client.error, "alert") == "certificate_expired");
    const Judgement revoked =
        judge(pki, {pki.client}, ClientCertificate::required, revoke(pki.root, {pki.client}));
    BOOST_TEST(revoked.server.word == "certificate-revoked");
    BOOST_TEST(revoked.client_hears == "client-certificate-refused");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_10_a_client_s_names_are_not_compared_with_anything) {
    const Pki pki;
    const Certified unrelated = certify({.common_name = "x", .dns_names = {"elsewhere.example"}}, &pki.root);
    const Judgement judgement = judge(pki, {unrelated}, ClientCertificate::required);
    BOOST_TEST(judgement.server.word == "done");
    BOOST_TEST(judgement.client_hears == "nothing");
}

BOOST_AUTO_TEST_CASE(a_reset_right_after_the_client_certificate_was_sent_counts_as_its_refusal) {
    const Pki pki;
    for (const bool with_identity : {true, false}) {
        Pair pair({.credentials = with_identity ? pki.identity() : pki.trust(),
                   .server_name = "nfs1.example",
                   .present_identity = with_identity},
                  {.credentials = pki.server_credentials()});
        pair.shake();
        pair.connection.to_client->reset = true;
        BOOST_TEST(Pair::hear(pair.client, pair.client_outcome) ==
                   (with_identity ? "client-certificate-refused" : "session-reset"));
    }
}

BOOST_AUTO_TEST_CASE(a_failed_send_finds_the_alert_that_tells_why) {
    const Pki pki;
    const Certified stranger = certify({.common_name = "stranger"});
    Pair pair({.credentials = load({.own = {stranger}, .trusted = {pki.root}}),
               .server_name = "nfs1.example",
               .present_identity = true},
              {.credentials = pki.server_credentials()});
    pair.shake();
    pair.connection.to_server->closed = true; // EPIPE
    const auto sent = pair.client.send(as_bytes("a call"));
    BOOST_TEST_REQUIRE(!sent.has_value());
    BOOST_TEST(sent.error().name == "client-certificate-refused");
    BOOST_TEST(fact(sent.error(), "alert") == "unknown_ca");
}

BOOST_AUTO_TEST_SUITE_END()
