// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/diagnosis.hpp"

#include <boost/test/unit_test.hpp>

#include <gnutls/gnutls.h>

#include <cerrno>

using namespace rpctls;
using namespace rpctls::tls;

namespace {

/// A client whose server asked for a certificate, after its own handshake returned.
Situation asked(bool sent) {
    return {.is_client = true,
            .peer = "nfs1.example",
            .handshake_done = true,
            .heard_hello = true,
            .certificate_requested = true,
            .certificate_sent = sent};
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_diagnosis)

BOOST_AUTO_TEST_CASE(R_4_2_5_alerts_about_a_certificate_depend_on_whether_one_was_sent) {
    for (const unsigned alert : {42u, 43u, 44u, 45u, 46u, 48u, 49u, 116u}) {
        BOOST_TEST(diagnose_alert(alert, asked(true)).name == "client-certificate-refused", alert);
        BOOST_TEST(diagnose_alert(alert, asked(false)).name == "client-certificate-required", alert);
        BOOST_TEST(diagnose_alert(alert, {.peer = "the client", .certificate_sent = true}).name ==
                       "peer-alert",
                   alert);
        BOOST_TEST(!diagnose_alert(alert, asked(true)).hint.empty(), alert);
    }
    BOOST_TEST(diagnose_alert(40, asked(false)).name == "client-certificate-required");
    BOOST_TEST(diagnose_alert(40, asked(true)).name == "peer-alert");
    BOOST_TEST(diagnose_alert(47, asked(true)).name == "peer-alert");
}

BOOST_AUTO_TEST_CASE(every_alert_is_named_known_or_not) {
    for (unsigned alert = 1; alert < 256; ++alert) {
        const Error error = diagnose_alert(alert, {.is_client = true, .peer = "p"});
        BOOST_TEST_REQUIRE(!error.facts.empty());
        BOOST_TEST(error.facts.back().key == "alert");
        BOOST_TEST(!error.facts.back().value.empty());
        BOOST_TEST(!error.hint.empty());
    }
    BOOST_TEST(diagnose_alert(200, {.peer = "p"}).facts.back().value == "number 200");
}

BOOST_AUTO_TEST_CASE(an_end_and_a_reset_mean_different_things_at_different_times) {
    BOOST_TEST(diagnose_end({.is_client = true}).name == "handshake-closed");
    BOOST_TEST(diagnose_transport(ECONNRESET, {.is_client = true}).name == "handshake-reset");
    BOOST_TEST(diagnose_transport(ETIMEDOUT, {.is_client = true}).name == "handshake-failed");
    BOOST_TEST(diagnose_end(asked(true)).name == "client-certificate-refused");
    BOOST_TEST(diagnose_transport(EPIPE, asked(true)).name == "client-certificate-refused");
    BOOST_TEST(diagnose_end(asked(false)).name == "session-truncated");
    Situation later = asked(true);
    later.heard_data = true;
    BOOST_TEST(diagnose_end(later).name == "session-truncated");
    BOOST_TEST(diagnose_transport(ECONNRESET, later).name == "session-reset");
}

BOOST_AUTO_TEST_CASE(codes_of_the_library_become_names) {
    const Situation server{.peer = "the client"};
    BOOST_TEST(diagnose_code(GNUTLS_E_CERTIFICATE_REQUIRED, server).name == "certificate-missing");
    BOOST_TEST(diagnose_code(GNUTLS_E_KEY_USAGE_VIOLATION, server).name == "key-usage");
    BOOST_TEST(diagnose_code(GNUTLS_E_PK_SIG_VERIFY_FAILED, server).name == "certificate-invalid");
    BOOST_TEST(diagnose_code(GNUTLS_E_UNSUPPORTED_VERSION_PACKET, server).name == "tls-version");
    BOOST_TEST(diagnose_code(GNUTLS_E_NO_CIPHER_SUITES, server).name == "no-common-cipher");
    BOOST_TEST(diagnose_code(GNUTLS_E_DECRYPTION_FAILED, server).name == "handshake-failed");
    BOOST_TEST(diagnose_code(GNUTLS_E_DECRYPTION_FAILED, asked(true)).name == "session-failed");
}

BOOST_AUTO_TEST_SUITE_END()
