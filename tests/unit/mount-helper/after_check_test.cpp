// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/after_check.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::mount_helper;

namespace {

std::optional<kernel::Mount> mounted(std::string file_system, std::vector<std::string> options) {
    kernel::Mount mount;
    mount.id = 7;
    mount.mount_point = "/mnt";
    mount.file_system = std::move(file_system);
    mount.options = std::move(options);
    return mount;
}

} // namespace

BOOST_AUTO_TEST_SUITE(after_check)

Status check(std::optional<kernel::Mount> found, const ProtectedMount &asked,
             std::optional<kernel::Mount> other = std::nullopt) {
    std::vector<kernel::Mount> mounts;
    for (auto &mount : {other, found})
        if (mount)
            mounts.push_back(*mount);
    return check_transport(mounts, asked, "/mnt");
}

BOOST_AUTO_TEST_CASE(a_mount_that_shares_another_one_s_protection_is_said_to) {
    ProtectedMount asked;
    asked.protection = Protection::tls;
    auto other = mounted("nfs4", {"xprtsec=mtls", "addr=192.0.2.7"});
    other->id = 6;
    other->mount_point = "/data";
    const auto found = mounted("nfs4", {"xprtsec=mtls", "addr=192.0.2.7"});
    const auto shared = check(found, asked, other);
    BOOST_TEST_REQUIRE(!shared.has_value());
    BOOST_TEST(shared.error().name == "transport-shared");
    BOOST_TEST(summary(shared.error()).find("/data") != std::string::npos);
    for (const auto *options : {"addr=192.0.2.8", "xprtsec=tls"}) {
        auto stranger = other;
        stranger->options = {options};
        BOOST_TEST(check(found, asked, stranger).error().name == "transport-not-protected");
    }
}

BOOST_AUTO_TEST_CASE(only_the_very_protection_asked_for_passes) {
    ProtectedMount asked;
    asked.protection = Protection::mtls;
    BOOST_TEST(check(mounted("nfs4", {"rw", "xprtsec=mtls"}), asked).has_value());
    for (const auto &seen :
         {mounted("nfs4", {"rw"}), mounted("nfs4", {"xprtsec=tls"}), mounted("nfs", {"xprtsec=none"})})
        BOOST_TEST(check(seen, asked).error().name == "transport-not-protected");
    BOOST_TEST(check(mounted("ext4", {"xprtsec=mtls"}), asked).error().name == "mount-not-found");
    BOOST_TEST(check(std::nullopt, asked).error().name == "mount-not-found");
}

BOOST_AUTO_TEST_CASE(a_remount_may_name_the_protection_there_is_and_no_other) {
    Remount asked;
    BOOST_TEST(check_remount(mounted("nfs4", {"rw"}), asked).has_value());
    asked.protection = Protection::tls;
    BOOST_TEST(check_remount(mounted("nfs4", {"xprtsec=tls"}), asked).has_value());
    BOOST_TEST(check_remount(mounted("nfs4", {"rw"}), asked).error().name == "transport-cannot-change");
    // Not mounted: nfs-utils says so itself.
    BOOST_TEST(check_remount(std::nullopt, asked).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
