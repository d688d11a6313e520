// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/plan.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::mount_helper;

namespace {

Result<Plan> plan_for(const std::string &options, std::string_view program = "mount.nfs",
                      const std::string &source = "nfs1.example:/export") {
    Arguments arguments;
    arguments.source = source;
    arguments.directory = "/mnt";
    arguments.options = Options(options);
    return make_plan(program, arguments);
}

ProtectedMount protected_by(const std::string &options, std::string_view program = "mount.nfs",
                            const std::string &source = "nfs1.example:/export") {
    auto plan = plan_for(options, program, source);
    BOOST_TEST_REQUIRE(plan.has_value(), options);
    BOOST_TEST_REQUIRE(std::holds_alternative<ProtectedMount>(*plan), options);
    return std::get<ProtectedMount>(*plan);
}

} // namespace

BOOST_AUTO_TEST_SUITE(plan)

BOOST_AUTO_TEST_CASE(mounts_without_tls_pass_through) {
    for (const auto *options : {"", "rw,vers=4.2", "xprtsec=none", "remount,ro", "proto=rdma",
                                "xprtsec=tls,xprtsec=none", "udp,vers=3", "context=\"a,xprtsec=tls\""}) {
        const auto plan = plan_for(options);
        BOOST_TEST_REQUIRE(plan.has_value(), options);
        BOOST_TEST(std::holds_alternative<PassThrough>(*plan), options);
    }
}

BOOST_AUTO_TEST_CASE(what_nfs_utils_gets_names_the_protection_once_and_no_identity) {
    const auto mount = protected_by("rw,xprtsec=tls,tls_identity=lab,xprtsec=mtls,port=20049,bg,vers=4.1");
    BOOST_TEST((mount.protection == Protection::mtls));
    BOOST_TEST(mount.identity.value() == "lab");
    BOOST_TEST(mount.port == 20049);
    BOOST_TEST(mount.version == 4u);
    BOOST_TEST(mount.background);
    BOOST_TEST(mount.source.host == "nfs1.example");
    BOOST_TEST(mount.options.text() == "rw,xprtsec=mtls,port=20049,bg,vers=4.1");
}

BOOST_AUTO_TEST_CASE(the_type_nfstls_means_tls_and_mtls_with_an_identity) {
    BOOST_TEST((protected_by("rw", "mount.nfstls").protection == Protection::tls));
    BOOST_TEST((protected_by("tls_identity=lab", "mount.nfstls").protection == Protection::mtls));
    BOOST_TEST((protected_by("xprtsec=mtls", "mount.nfstls").protection == Protection::mtls));
    BOOST_TEST(plan_for("xprtsec=none", "mount.nfstls").error().name == "xprtsec-unknown");
    Arguments arguments;
    arguments.type = "nfstls";
    BOOST_TEST(file_system_type("mount.nfs", arguments) == "nfstls");
    BOOST_TEST(file_system_type("mount.nfs4", {}) == "nfs4");
    BOOST_TEST(file_system_type("mount.nfs", {}) == "nfs");
}

BOOST_AUTO_TEST_CASE(version_3_is_seen_in_each_of_its_spellings) {
    for (const auto *options : {"xprtsec=tls,vers=3", "xprtsec=tls,nfsvers=3", "v3,xprtsec=tls"})
        BOOST_TEST(protected_by(options).version == 3u);
    BOOST_TEST(protected_by("xprtsec=tls").version == 4u);
}

BOOST_AUTO_TEST_CASE(R_4_1_2_R_5_1_2_1_R_5_1_3_1_what_cannot_be_honoured_is_refused_and_never_weakened) {
    const struct {
        const char *options, *name;
    } refusals[] = {
        {"xprtsec=ssl", "xprtsec-unknown"},
        {"xprtsec=", "xprtsec-unknown"},
        {"tls_identity=lab", "identity-without-mtls"},
        {"xprtsec=tls,tls_identity=lab", "identity-without-mtls"},
        {"xprtsec=none,tls_identity=lab", "identity-without-mtls"},
        {"xprtsec=mtls,tls_identity=", "identity-name-empty"},
        {"xprtsec=tls,proto=udp", "transport-unprotectable"},
        {"xprtsec=tls,udp", "transport-unprotectable"},
        {"xprtsec=mtls,proto=rdma6", "transport-unprotectable"},
        {"xprtsec=tls,port=70000", "port-invalid"},
    };
    for (const auto &refusal : refusals) {
        const auto plan = plan_for(refusal.options);
        BOOST_TEST_REQUIRE(!plan.has_value(), refusal.options);
        BOOST_TEST(plan.error().name == refusal.name, refusal.options);
        BOOST_TEST(!plan.error().hint.empty(), refusal.options);
    }
    BOOST_TEST(plan_for("xprtsec=tls", "mount.nfs", "/dev/sda1").error().name == "source-invalid");
    Arguments arguments;
    arguments.name_space = "/run/ns";
    arguments.options = Options("xprtsec=tls");
    BOOST_TEST(make_plan("mount.nfs", arguments).error().name == "namespace-unsupported");
}

BOOST_AUTO_TEST_CASE(mountd_on_another_transport_is_no_matter_of_ours) {
    BOOST_TEST((protected_by("xprtsec=tls,vers=3,mountproto=udp").protection == Protection::tls));
}

BOOST_AUTO_TEST_CASE(a_remount_loses_our_options_and_keeps_the_rest) {
    const auto plan = plan_for("remount,ro,xprtsec=mtls,tls_identity=lab");
    BOOST_TEST_REQUIRE(plan.has_value());
    const auto &remount = std::get<Remount>(*plan);
    BOOST_TEST((remount.protection == Protection::mtls));
    BOOST_TEST(remount.options.text() == "remount,ro,xprtsec=mtls");
    BOOST_TEST(!std::get<Remount>(*plan_for("remount", "mount.nfstls")).protection.has_value());
    BOOST_TEST((std::get<Remount>(*plan_for("remount,xprtsec=none")).protection == Protection::none));
}

BOOST_AUTO_TEST_CASE(auto_leaves_the_protection_to_the_preflight) {
    const auto mount = protected_by("rw,xprtsec=auto,tls_identity=lab");
    BOOST_TEST(mount.automatic);
    BOOST_TEST((mount.protection == Protection::none));
    BOOST_TEST((mount.least == Protection::none));
    BOOST_TEST(*mount.identity == "lab");
    BOOST_TEST(mount.options.text() == "rw"); // nfs-utils knows no auto
    BOOST_TEST((protected_by("xprtsec=auto", "mount.nfstls").least == Protection::tls));
    BOOST_TEST(plan_for("xprtsec=auto,proto=rdma").error().name == "transport-unprotectable");
    const auto again = plan_for("remount,ro,xprtsec=auto");
    BOOST_TEST_REQUIRE(std::holds_alternative<Remount>(*again));
    BOOST_TEST(std::get<Remount>(*again).automatic);
    BOOST_TEST(!std::get<Remount>(*again).protection.has_value());
    BOOST_TEST(std::get<Remount>(*again).options.text() == "remount,ro");
}

BOOST_AUTO_TEST_CASE(serials_that_the_kernel_hides_do_not_come_back_in_a_remount) {
    const auto again =
        plan_for("ro,xprtsec=mtls,cert_serial=<redacted>,privkey_serial=<redacted>,addr=192.0.2.7,remount");
    BOOST_TEST_REQUIRE(std::holds_alternative<Remount>(*again));
    BOOST_TEST(std::get<Remount>(*again).options.text() == "ro,xprtsec=mtls,addr=192.0.2.7,remount");
    const auto given = plan_for("remount,xprtsec=mtls,cert_serial=1,privkey_serial=2");
    BOOST_TEST(std::get<Remount>(*given).options.get("cert_serial").value() == "1");
}

BOOST_AUTO_TEST_CASE(the_preflight_may_be_shortened_but_not_where_it_decides) {
    BOOST_TEST((protected_by("xprtsec=tls").preflight == Depth::full));
    BOOST_TEST((protected_by("xprtsec=tls,preflight=probe").preflight == Depth::probe));
    BOOST_TEST((protected_by("xprtsec=tls,preflight=off").preflight == Depth::off));
    BOOST_TEST(protected_by("xprtsec=tls,preflight=off").options.text() == "xprtsec=tls");
    BOOST_TEST(plan_for("xprtsec=tls,preflight=no").error().name == "preflight-unknown");
    BOOST_TEST(plan_for("xprtsec=auto,preflight=probe").error().name == "preflight-needed");
}

BOOST_AUTO_TEST_SUITE_END()
