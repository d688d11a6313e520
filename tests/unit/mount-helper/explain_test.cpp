// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/explain.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::mount_helper;

namespace {

ProtectedMount mount_with(Protection protection) {
    ProtectedMount mount;
    mount.protection = protection;
    mount.source = {"nfs1", "/a"};
    return mount;
}

} // namespace

BOOST_AUTO_TEST_SUITE(explain)

BOOST_AUTO_TEST_CASE(what_the_agent_alone_cannot_read_is_the_agents_fault) {
    const auto mount = mount_with(Protection::mtls);
    const Error record{Stage::input, "file-unreadable", "cannot read /etc/key.pem", {}, {}, 13};
    const auto error =
        explain_failure({mount, "access denied by server while mounting nfs1:/a", record, "rpctlsd"});
    BOOST_TEST_REQUIRE(error.has_value());
    BOOST_TEST(error->name == "agent-cannot-read");
    BOOST_TEST(error->what == "the agent (rpctlsd) cannot read what mount.nfs can: cannot read /etc/key.pem");
    BOOST_TEST(error->system_errno == 13);
}

BOOST_AUTO_TEST_CASE(what_the_agent_recorded_comes_before_all_guesses) {
    const auto mount = mount_with(Protection::mtls);
    const Error record{Stage::verify, "certificate-expired", "the server's certificate has expired"};
    const auto error =
        explain_failure({mount, "access denied by server while mounting nfs1:/a", record, "rpctlsd"});
    BOOST_TEST(error.value().name == "certificate-expired");
}

BOOST_AUTO_TEST_CASE(a_refusal_behind_a_good_handshake_is_the_exports) {
    const auto tls = mount_with(Protection::tls);
    const auto mtls = mount_with(Protection::mtls);
    for (const auto *words :
         {"mount.nfs4: access denied by server while mounting nfs1:/a",
          "mount.nfs: Operation not permitted for nfs1:/a on /mnt", "x: Permission denied"}) {
        const auto error = explain_failure({tls, words, {}, "rpctlsd"});
        BOOST_TEST(error.value().name == "export-refuses-protection");
        BOOST_TEST(error->hint.find("xprtsec=mtls,tls_identity=") != std::string::npos);
        BOOST_TEST(summary(*error).find("nfs1:/a") != std::string::npos);
        BOOST_TEST(explain_failure({mtls, words, {}, "rpctlsd"})->hint.find("xprtsec=tls") !=
                   std::string::npos);
    }
    // Another agent does not tell us what it saw.
    BOOST_TEST(explain_failure({tls, "Permission denied", {}, "tlshd"})->hint.find("tlshd") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_agent_that_went_away_is_named_and_other_words_speak_for_themselves) {
    const auto mount = mount_with(Protection::tls);
    BOOST_TEST(
        explain_failure({mount, "mount.nfs4: No such process for nfs1:/a on /m", {}, ""}).value().name ==
        "agent-absent");
    BOOST_TEST(
        !explain_failure({mount, "mounting nfs1:/a failed, reason given by server: No such file", {}, ""}));
}

BOOST_AUTO_TEST_CASE(only_a_call_that_is_not_answered_is_slowness) {
    BOOST_TEST(is_only_slow({Stage::rpc, "rpc-timeout", ""}));
    BOOST_TEST(!is_only_slow({Stage::rpc, "rpc-closed", ""}));
    BOOST_TEST(!is_only_slow({Stage::handshake, "handshake-timeout", ""}));
}

BOOST_AUTO_TEST_CASE(with_bg_only_what_may_pass_is_tried_again) {
    BOOST_TEST(may_pass({Stage::resolve, "name-not-found", ""}));
    BOOST_TEST(may_pass({Stage::connect, "connection-refused", ""}));
    for (const auto stage :
         {Stage::probe, Stage::handshake, Stage::verify, Stage::rpc, Stage::keyring, Stage::kernel})
        BOOST_TEST(!may_pass({stage, "x", ""}));
}

BOOST_AUTO_TEST_CASE(hints_speak_of_mount_options_where_these_help) {
    const auto tls = mount_with(Protection::tls);
    BOOST_TEST(
        in_terms_of_mount({Stage::handshake, "client-certificate-required", ""}, tls).hint.find("mtls") !=
        std::string::npos);
    const Error other{Stage::verify, "certificate-expired", "", {}, "as it was"};
    BOOST_TEST(in_terms_of_mount(other, tls).hint == "as it was");
}

BOOST_AUTO_TEST_SUITE_END()
