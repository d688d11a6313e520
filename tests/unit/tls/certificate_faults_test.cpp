// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/certificate_faults.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rpctls;
using namespace rpctls::tls;

namespace {

const Time now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);
constexpr std::chrono::hours day(24);

CertificateInfo leaf() {
    CertificateInfo certificate;
    certificate.subject = "CN=nfs1";
    certificate.issuer = "CN=CA";
    certificate.not_before = now - day;
    certificate.not_after = now + 90 * day;
    certificate.dns_names = {"nfs1.example"};
    certificate.key_usages = {"digitalSignature"};
    certificate.extended_key_usages = {"1.3.6.1.5.5.7.3.34"};
    certificate.key_type = "ECDSA P-256";
    return certificate;
}

CertificateInfo authority(const std::string &subject, const std::string &issuer) {
    CertificateInfo certificate = leaf();
    certificate.subject = subject;
    certificate.issuer = issuer;
    certificate.is_ca = true;
    return certificate;
}

std::string faults(const std::vector<CertificateInfo> &chain, Purpose purpose = Purpose::server) {
    std::string names;
    for (const Error &error : certificate_faults(chain, purpose, now))
        names += (names.empty() ? "" : " ") + error.name;
    return names;
}

} // namespace

BOOST_AUTO_TEST_SUITE(certificate_faults_of_ones_own)

BOOST_AUTO_TEST_CASE(a_good_chain_has_none) {
    BOOST_TEST(faults({leaf()}) == "");
    BOOST_TEST(faults({leaf(), authority("CN=CA", "CN=Root"), authority("CN=Root", "CN=Root")}) == "");
}

BOOST_AUTO_TEST_CASE(time_is_judged_for_every_certificate_of_the_chain) {
    auto own = leaf();
    own.not_after = now - day;
    BOOST_TEST(faults({own}) == "certificate-expired");
    own = leaf();
    own.not_before = now + day;
    BOOST_TEST(faults({own}) == "certificate-not-yet-valid");
    auto ca = authority("CN=CA", "CN=Root");
    ca.not_after = now - day;
    BOOST_TEST(faults({leaf(), ca}) == "certificate-expired");
    ca.not_after = now + 29 * day;
    BOOST_TEST(faults({leaf(), ca}) == "certificate-ends-soon");
}

BOOST_AUTO_TEST_CASE(each_certificate_is_followed_by_its_issuers) {
    BOOST_TEST(faults({leaf(), authority("CN=Root", "CN=Root"), authority("CN=CA", "CN=Root")}) ==
               "chain-order");
}

BOOST_AUTO_TEST_CASE(usages_must_fit_the_purpose_where_there_are_any) {
    BOOST_TEST(faults({leaf()}, Purpose::client) == "key-usage");
    BOOST_TEST(faults({leaf()}, Purpose::either) == "");
    auto own = leaf();
    for (const char *usage : {"1.3.6.1.5.5.7.3.1", "2.5.29.37.0"}) {
        own.extended_key_usages = {usage};
        BOOST_TEST(faults({own}) == "", usage);
    }
    own.extended_key_usages.clear();
    BOOST_TEST(faults({own}, Purpose::client) == "");
    own.key_usages = {"keyEncipherment"};
    BOOST_TEST(faults({own}) == "key-usage");
    own.key_usages.clear();
    BOOST_TEST(faults({own}) == "");
}

BOOST_AUTO_TEST_CASE(a_ca_a_weak_key_and_a_server_without_names_are_told) {
    auto own = leaf();
    own.is_ca = true;
    BOOST_TEST(faults({own}) == "certificate-is-ca");
    own = leaf();
    own.key_type = "RSA 1024";
    BOOST_TEST(faults({own}) == "weak-key");
    own.key_type = "RSA 2048";
    BOOST_TEST(faults({own}) == "");
    own.dns_names.clear();
    BOOST_TEST(faults({own}) == "names-missing");
    own.extended_key_usages.clear();
    BOOST_TEST(faults({own}, Purpose::client) == "");
}

BOOST_AUTO_TEST_SUITE_END()
