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

BOOST_AUTO_TEST_CASE(whether_the_kernel_knows_a_server_by_another_name_is_seen_in_its_list_of_servers) {
    const auto servers = kernel::parse_nfs_servers(
        "NV SERVER   PORT USE HOSTNAME\n"
        "v4 c0000201  801   2 nfs1.example\n"
        "v4 c0000203 4e51   1 nfs3.example\n"
        "v4 fe800000000000000000000000000001  801   1 nfs4.example\n"
        "v4 c00002  801 1 short\nv4 c000020g 801 1 wrong\nv4 c0000209 18801 1 far\nv4\n\n");
    BOOST_REQUIRE(servers.size() == 3u);
    BOOST_TEST(servers[1].address == "192.0.2.3");
    BOOST_TEST(servers[1].port == 20049);
    const auto known = [&](std::string host, std::vector<std::string> addresses) {
        return known_by_another_name(servers, mount_of(std::move(host)), addresses);
    };
    BOOST_TEST(!known("nfs1.example", {"192.0.2.1"}));
    BOOST_TEST(known("alias.example", {"2001:db8::1", "192.0.2.1"}));
    BOOST_TEST(known("nfs1.example", {"192.0.2.1", "fe80::1%eth0"}));
    // Another port is another connection.
    BOOST_TEST(!known("alias.example", {"192.0.2.3"}));
}

BOOST_AUTO_TEST_CASE(whether_the_kernel_knows_a_server_at_all_is_a_matter_of_its_name_or_its_addresses) {
    const auto servers =
        kernel::parse_nfs_servers("NV SERVER   PORT USE HOSTNAME\n"
                                  "v4 c0000201  801   2 nfs1.example\n"
                                  "v4 fe800000000000000000000000000001  801   1 nfs4.example\n");
    const auto known = [&](std::string host, std::vector<std::string> addresses) {
        return is_known(servers, mount_of(std::move(host)), addresses);
    };
    BOOST_TEST(known("nfs1.example", {}));
    BOOST_TEST(known("alias.example", {"192.0.2.9", "192.0.2.1"}));
    BOOST_TEST(known("alias.example", {"fe80::1%eth0"}));
    BOOST_TEST(!known("nfs2.example", {"192.0.2.2"}));
    BOOST_TEST(!is_known({}, mount_of("nfs1.example"), {"192.0.2.1"}));
}

BOOST_AUTO_TEST_CASE(a_second_identity_is_refused_with_the_mount_that_has_the_first) {
    const auto error = other_identity_in_use("nfs1.example", "second", {mounts[0]});
    BOOST_TEST(error.name == "identity-in-use");
    BOOST_TEST(summary(error).find("/mnt/a") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
