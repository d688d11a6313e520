// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/identity_use.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::mount_helper;

namespace {

ProtectedMount mtls(std::optional<std::string> identity = {}) {
    ProtectedMount mount;
    mount.protection = Protection::mtls;
    mount.identity = std::move(identity);
    return mount;
}

Surroundings our_agent() {
    Surroundings surroundings;
    surroundings.agent_is_ours = true;
    surroundings.agent_program = "rpctlsd";
    surroundings.settings.origin = "/etc/rpctls/rpctls.conf";
    return surroundings;
}

} // namespace

BOOST_AUTO_TEST_SUITE(identity_use)

BOOST_AUTO_TEST_CASE(tls_proves_nothing_whatever_is_configured) {
    auto surroundings = our_agent();
    surroundings.settings.client.identity = "lab";
    ProtectedMount mount;
    mount.protection = Protection::tls;
    BOOST_TEST(std::holds_alternative<NoIdentity>(*decide_identity(mount, surroundings)));
}

BOOST_AUTO_TEST_CASE(a_named_identity_goes_by_serials_where_the_kernel_takes_them_whichever_agent_runs) {
    Surroundings surroundings;
    surroundings.kernel_takes_serials = true;
    surroundings.agent_program = "tlshd";
    BOOST_TEST(std::get<ByKeySerials>(*decide_identity(mtls("lab"), surroundings)).name == "lab");
    surroundings.agent_is_ours = true;
    BOOST_TEST(std::holds_alternative<ByKeySerials>(*decide_identity(mtls("lab"), surroundings)));
}

BOOST_AUTO_TEST_CASE(elsewhere_our_agent_is_told_and_another_cannot_be) {
    BOOST_TEST(std::get<ByAgent>(*decide_identity(mtls("lab"), our_agent())).name == "lab");
    Surroundings other;
    other.agent_program = "tlshd";
    const auto refused = decide_identity(mtls("lab"), other);
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().name == "identity-unsupported-by-agent");
    BOOST_TEST(summary(refused.error()).find("tlshd") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_name_the_agents_configuration_decides) {
    auto surroundings = our_agent();
    surroundings.settings.client.certificate = "/c.pem";
    surroundings.settings.client.private_key = "/k.pem";
    const auto files = std::get<ByConfiguration>(*decide_identity(mtls(), surroundings));
    BOOST_TEST(std::get<tls::IdentityFiles>(files.identity).certificate == "/c.pem");

    surroundings.settings.client.identity = "lab";
    const auto named = std::get<ByConfiguration>(*decide_identity(mtls(), surroundings));
    BOOST_TEST(std::get<std::string>(named.identity) == "lab");

    // tlshd knows nothing of identity=.
    surroundings.agent_is_ours = false;
    const auto tlshd = std::get<ByConfiguration>(*decide_identity(mtls(), surroundings));
    BOOST_TEST(std::holds_alternative<tls::IdentityFiles>(tlshd.identity));
}

BOOST_AUTO_TEST_CASE(mtls_without_any_certificate_is_refused_with_the_file_it_was_looked_for_in) {
    auto surroundings = our_agent();
    for (const bool half : {false, true}) {
        if (half)
            surroundings.settings.client.certificate = "/c.pem";
        const auto refused = decide_identity(mtls(), surroundings);
        BOOST_TEST_REQUIRE(!refused.has_value());
        BOOST_TEST(refused.error().name == "client-certificate-missing");
        BOOST_TEST(summary(refused.error()).find("/etc/rpctls/rpctls.conf") != std::string::npos);
        BOOST_TEST(refused.error().hint.find("tls_identity=") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
