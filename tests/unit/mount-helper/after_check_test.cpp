// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/after_check.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::mount_helper;

namespace {

std::optional<kernel::Mount> mounted(std::string file_system, std::vector<std::string> options) {
    kernel::Mount mount;
    mount.file_system = std::move(file_system);
    mount.options = std::move(options);
    return mount;
}

} // namespace

BOOST_AUTO_TEST_SUITE(after_check)

BOOST_AUTO_TEST_CASE(only_the_very_protection_asked_for_passes) {
    ProtectedMount asked;
    asked.protection = Protection::mtls;
    BOOST_TEST(check_transport(mounted("nfs4", {"rw", "xprtsec=mtls"}), asked, "/mnt").has_value());
    for (const auto &seen :
         {mounted("nfs4", {"rw"}), mounted("nfs4", {"xprtsec=tls"}), mounted("nfs", {"xprtsec=none"})})
        BOOST_TEST(check_transport(seen, asked, "/mnt").error().name == "transport-not-protected");
    BOOST_TEST(check_transport(mounted("ext4", {"xprtsec=mtls"}), asked, "/mnt").error().name ==
               "mount-not-found");
    BOOST_TEST(check_transport(std::nullopt, asked, "/mnt").error().name == "mount-not-found");
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
