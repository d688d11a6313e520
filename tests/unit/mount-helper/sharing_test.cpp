// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/sharing.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::mount_helper;

namespace {

constexpr std::string_view mountinfo =
    "40 1 0:40 / /mnt/a rw - nfs4 nfs1.example:/a rw,xprtsec=mtls,addr=192.0.2.1\n"
    "41 1 0:41 / /mnt/b rw - nfs4 nfs2.example:/b rw,xprtsec=tls,addr=192.0.2.2\n"
    "42 1 0:42 / /mnt/c rw - nfs4 nfs3.example:/c rw,port=20049,xprtsec=mtls,addr=192.0.2.3\n";
const auto mounts = kernel::parse_mountinfo(mountinfo);

ProtectedMount mount_of(std::string host) {
    ProtectedMount mount;
    mount.protection = Protection::mtls;
    mount.identity = "lab";
    mount.source = {std::move(host), "/x"};
    mount.port = 2049;
    return mount;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sharing)

BOOST_AUTO_TEST_CASE(mounts_of_a_server_are_found_by_its_name_when_they_prove_an_identity) {
    BOOST_TEST(mounts_with_identity(mounts, "NFS1.example").size() == 1u);
    BOOST_TEST(mounts_with_identity(mounts, "nfs2.example").empty());
}

BOOST_AUTO_TEST_CASE(another_name_for_a_connection_in_use_is_refused) {
    BOOST_TEST(check_sharing(mounts, mount_of("nfs1.example"), {"192.0.2.1"}).has_value());
    const auto refused = check_sharing(mounts, mount_of("alias.example"), {"2001:db8::1", "192.0.2.1"});
    BOOST_TEST(refused.error().name == "server-mounted-by-other-name");
    BOOST_TEST(refused.error().hint.find("nfs1.example") != std::string::npos);
    // Another protection or another port is another connection.
    BOOST_TEST(check_sharing(mounts, mount_of("alias.example"), {"192.0.2.2"}).has_value());
    BOOST_TEST(check_sharing(mounts, mount_of("alias.example"), {"192.0.2.3"}).has_value());
}

BOOST_AUTO_TEST_CASE(lines_that_cannot_be_another_name_are_left_out) {
    const auto left = [](std::string_view host) {
        std::string points;
        for (const auto &mount : kernel::parse_mountinfo(mountinfo, may_share_under_another_name(host)))
            points += mount.mount_point + " ";
        return points;
    };
    BOOST_TEST(left("nfs1.example") == "/mnt/c ");
    BOOST_TEST(left("alias.example") == "/mnt/a /mnt/c ");
    BOOST_TEST(left("fs1.example") == "/mnt/a /mnt/c ");
}

BOOST_AUTO_TEST_CASE(a_second_identity_is_refused_with_the_mount_that_has_the_first) {
    const auto error = other_identity_in_use("nfs1.example", "second", {mounts[0]});
    BOOST_TEST(error.name == "identity-in-use");
    BOOST_TEST(summary(error).find("/mnt/a") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
