// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/priority.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <vector>

using namespace rpctls;

namespace {

/// Runs one of the disabled tests below in a process of its own: GnuTLS reads the system's policy when it is loaded.
int under_policy(const std::string &policy, const std::string &test) {
    const test::TemporaryDirectory folder;
    BOOST_TEST_REQUIRE(write_file(folder / "policy", as_bytes(policy), 0600).has_value());
    std::string variable = "GNUTLS_SYSTEM_PRIORITY_FILE=" + (folder / "policy").string();
    std::string strict = "GNUTLS_SYSTEM_PRIORITY_FAIL_ON_INVALID=1";
    const std::string run = "--run_test=policy/" + test;
    const char *const arguments[] = {"unit_tls", run.c_str(), nullptr};
    std::vector<char *> environment{variable.data(), strict.data()};
    for (char **inherited = environ; *inherited != nullptr; ++inherited)
        environment.push_back(*inherited);
    environment.push_back(nullptr);
    pid_t child = 0;
    BOOST_TEST_REQUIRE(::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr,
                                     const_cast<char *const *>(arguments), environment.data()) == 0);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

std::vector<unsigned> list(const Result<tls::Priority> &priority,
                           int (*get)(gnutls_priority_t, const unsigned **)) {
    BOOST_TEST_REQUIRE(priority.has_value());
    const unsigned *first = nullptr;
    const int count = get(priority->get(), &first);
    return {first, first + std::max(count, 0)};
}

using Numbers = std::vector<unsigned>;

Numbers ciphers(const Result<tls::Priority> &priority) {
    return list(priority, gnutls_priority_cipher_list);
}

} // namespace

BOOST_AUTO_TEST_SUITE(policy)

BOOST_AUTO_TEST_CASE(without_a_policy_of_the_system_what_the_kernel_can_take_over_is_offered) {
    BOOST_TEST(ciphers(tls::make_priority()) == (Numbers{GNUTLS_CIPHER_AES_256_GCM, GNUTLS_CIPHER_AES_128_GCM,
                                                         GNUTLS_CIPHER_CHACHA20_POLY1305}),
               boost::test_tools::per_element());
    BOOST_TEST(ciphers(tls::make_psk_priority(tls::PskHash::sha256)) == (Numbers{GNUTLS_CIPHER_AES_128_GCM}),
               boost::test_tools::per_element());
    BOOST_TEST(ciphers(tls::make_psk_priority(tls::PskHash::sha384)) == (Numbers{GNUTLS_CIPHER_AES_256_GCM}),
               boost::test_tools::per_element());
    const auto groups = list(tls::make_priority(), gnutls_priority_group_list);
    BOOST_TEST(std::ranges::count(groups, unsigned{GNUTLS_GROUP_SECP256R1}) == 1);
    BOOST_TEST(std::ranges::count(groups, unsigned{GNUTLS_GROUP_FFDHE2048}) == 0);
}

BOOST_AUTO_TEST_CASE(a_cipher_that_the_system_disables_is_not_offered) {
    BOOST_TEST(under_policy("[overrides]\ntls-disabled-cipher = AES-128-GCM\n"
                            "tls-disabled-group = X25519\n",
                            "inside_a_policy_that_disables") == 0);
}

BOOST_AUTO_TEST_CASE(a_default_priority_of_the_system_narrows_ciphers_groups_and_signatures) {
    BOOST_TEST(under_policy("[overrides]\ndefault-priority-string = NORMAL:-AES-256-GCM:-CHACHA20-POLY1305"
                            ":-GROUP-ALL:+GROUP-SECP384R1:-SIGN-ALL:+SIGN-ECDSA-SECP384R1-SHA384\n",
                            "inside_a_policy_that_narrows") == 0);
}

BOOST_AUTO_TEST_CASE(a_system_without_tls_1_3_or_without_a_usable_cipher_has_no_priority) {
    BOOST_TEST(under_policy("[overrides]\ndefault-priority-string = NORMAL:-VERS-TLS1.3\n",
                            "inside_a_policy_that_leaves_nothing") == 0);
    BOOST_TEST(under_policy("[overrides]\ndefault-priority-string = NORMAL:-CIPHER-ALL:+AES-256-CCM\n",
                            "inside_a_policy_that_leaves_nothing") == 0);
}

BOOST_AUTO_TEST_CASE(inside_a_policy_that_disables, *boost::unit_test::disabled()) {
    BOOST_TEST(ciphers(tls::make_priority()) ==
                   (Numbers{GNUTLS_CIPHER_AES_256_GCM, GNUTLS_CIPHER_CHACHA20_POLY1305}),
               boost::test_tools::per_element());
    const auto groups = list(tls::make_priority(), gnutls_priority_group_list);
    BOOST_TEST(std::ranges::count(groups, unsigned{GNUTLS_GROUP_X25519}) == 0);
    BOOST_TEST(std::ranges::count(groups, unsigned{GNUTLS_GROUP_SECP256R1}) == 1);
    BOOST_TEST(tls::make_psk_priority(tls::PskHash::sha384).has_value());
    BOOST_TEST(!tls::make_psk_priority(tls::PskHash::sha256).has_value());
}

BOOST_AUTO_TEST_CASE(inside_a_policy_that_narrows, *boost::unit_test::disabled()) {
    BOOST_TEST(ciphers(tls::make_priority()) == (Numbers{GNUTLS_CIPHER_AES_128_GCM}),
               boost::test_tools::per_element());
    BOOST_TEST(list(tls::make_priority(), gnutls_priority_group_list) == (Numbers{GNUTLS_GROUP_SECP384R1}),
               boost::test_tools::per_element());
    BOOST_TEST(list(tls::make_priority(), gnutls_priority_sign_list) ==
                   (Numbers{GNUTLS_SIGN_ECDSA_SECP384R1_SHA384}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(inside_a_policy_that_leaves_nothing, *boost::unit_test::disabled()) {
    const auto priority = tls::make_priority();
    BOOST_TEST_REQUIRE(!priority.has_value());
    BOOST_TEST(priority.error().name == "tls-policy");
}

BOOST_AUTO_TEST_SUITE_END()
