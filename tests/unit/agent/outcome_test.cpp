// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/outcome.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

using namespace rpctls;
using namespace rpctls::agent;

namespace {

int status(Stage stage, const char *name, int number = 0) {
    return status_for(system_error(stage, name, "", number));
}

} // namespace

BOOST_AUTO_TEST_SUITE(outcome)

BOOST_AUTO_TEST_CASE(a_peer_that_is_not_who_it_should_be_is_access_denied) {
    for (const auto *name :
         {"ca-not-trusted", "server-name-mismatch", "certificate-expired", "certificate-revoked"})
        BOOST_TEST(status(Stage::verify, name) == EACCES);
}

BOOST_AUTO_TEST_CASE(a_peer_that_refuses_us_is_access_denied) {
    for (const auto *name : {"peer-alert", "client-certificate-required", "client-certificate-refused",
                             "alpn-mismatch", "alpn-missing", "tls-version", "no-common-cipher"})
        BOOST_TEST(status(Stage::handshake, name) == EACCES, name);
}

BOOST_AUTO_TEST_CASE(what_may_work_the_next_time_is_a_timeout_which_the_nfs_client_retries) {
    BOOST_TEST(status(Stage::handshake, "handshake-closed") == ETIMEDOUT);
    BOOST_TEST(status(Stage::handshake, "handshake-reset", ECONNRESET) == ETIMEDOUT);
    BOOST_TEST(status_for(handshake_timed_out(std::chrono::seconds(5))) == ETIMEDOUT);
    BOOST_TEST(status_for(agent_stopping()) == ETIMEDOUT);
    BOOST_TEST(status_for(agent_overloaded(3)) == ETIMEDOUT);
}

BOOST_AUTO_TEST_CASE(missing_material_is_no_key) {
    BOOST_TEST(status(Stage::config, "identity-missing") == ENOKEY);
    BOOST_TEST(status(Stage::input, "private-key-unreadable", EACCES) == ENOKEY);
    BOOST_TEST(status(Stage::keyring, "key-expired", EKEYEXPIRED) == ENOKEY);
    BOOST_TEST(status(Stage::keyring, "psk-hash-unsupported") == ENOKEY);
    BOOST_TEST(status(Stage::keyring, "psk-identity-unknown") == EKEYREJECTED);
}

BOOST_AUTO_TEST_CASE(the_rest_is_an_input_output_error_and_never_success) {
    BOOST_TEST(status(Stage::kernel, "ktls-unavailable", ENOENT) == EIO);
    BOOST_TEST(status(Stage::handshake, "handshake-failed") == EIO);
    BOOST_TEST(status(Stage::input, "request-invalid") == EINVAL);
    BOOST_TEST(status(Stage::handshake, "handshake-failed", ENOMEM) == ENOMEM);
    for (int stage = 0; stage <= static_cast<int>(Stage::mount); ++stage)
        BOOST_TEST(status(static_cast<Stage>(stage), "") > 0);
}

BOOST_AUTO_TEST_SUITE_END()
