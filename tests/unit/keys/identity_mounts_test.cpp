// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/identity_mounts.hpp"

#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>

using namespace rpctls;
using namespace rpctls::keys;

namespace {

kernel::Mount nfs(unsigned id, unsigned parent, std::string point, std::string source,
                  std::string xprtsec = "mtls") {
    return {id, parent, std::move(point), "nfs4", std::move(source), {"vers=4.2", "xprtsec=" + xprtsec}};
}

/// A note as one of a kernel without unique numbers: by mount point and source.
void write_note(const test::TemporaryDirectory &root, const std::string &name, const std::string &text) {
    std::filesystem::create_directories(root / "run/rpctls-mounts");
    std::ofstream(root / "run/rpctls-mounts" / name) << text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(identities_of_mounts)

BOOST_AUTO_TEST_CASE(mounts_are_told_by_their_notes_and_the_rest_is_unknown) {
    const test::TemporaryDirectory root;
    write_note(root, "id-2", R"({"mount_point":"/mnt/a","source":"nfs1:/a","identity":"lab"})");
    write_note(root, "id-3", R"({"mount_point":"/mnt/b","source":"nfs1:/b","identity":null})");
    write_note(root, "id-4", R"({"mount_point":"/mnt/gone","source":"nfs1:/c","identity":"other"})");
    const auto uses = IdentityMounts(root.path())
                          .uses({nfs(2, 1, "/mnt/a", "nfs1:/a"), nfs(3, 1, "/mnt/b", "nfs1:/b"),
                                 nfs(5, 1, "/mnt/d", "nfs1:/d"), nfs(6, 1, "/mnt/e", "nfs1:/e", "tls")});
    BOOST_TEST(uses.by_identity.size() == 1u);
    BOOST_TEST(uses.by_identity.at("lab") == std::vector<std::string>{"/mnt/a"},
               boost::test_tools::per_element());
    BOOST_TEST(uses.by_configuration == std::vector<std::string>{"/mnt/b"}, boost::test_tools::per_element());
    BOOST_TEST(uses.unknown == std::vector<std::string>{"/mnt/d"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_lies_below_a_mount_of_the_same_server_proves_the_same) {
    const test::TemporaryDirectory root;
    write_note(root, "id-2", R"({"mount_point":"/mnt","source":"nfs1:/","identity":"lab"})");
    const auto uses =
        IdentityMounts(root.path())
            .uses({nfs(2, 1, "/mnt", "nfs1:/"), nfs(3, 2, "/mnt/sub", "nfs1:/sub"),
                   nfs(4, 3, "/mnt/sub/sub", "nfs1:/sub/sub"), nfs(5, 2, "/mnt/else", "nfs2:/")});
    BOOST_TEST(uses.by_identity.at("lab").size() == 3u);
    BOOST_TEST(uses.unknown == std::vector<std::string>{"/mnt/else"}, boost::test_tools::per_element());
    // Mounts that name each other as parents end the search, too.
    BOOST_TEST(IdentityMounts(root.path())
                   .uses({nfs(8, 9, "/a", "nfs1:/a"), nfs(9, 8, "/b", "nfs1:/b")})
                   .unknown.size() == 2u);
}

BOOST_AUTO_TEST_CASE(notes_that_make_no_sense_are_passed_over) {
    const test::TemporaryDirectory root;
    int number = 0;
    for (const char *text : {"", "[]", "{}", R"({"mount_point":"/mnt","source":"nfs1:/"})",
                             R"({"mount_point":"/mnt","source":"nfs1:/","identity":"a:b"})",
                             R"({"mount_point":"/mnt","source":"nfs1:/","identity":7})",
                             R"({"mount_point":1,"source":"nfs1:/","identity":"lab"})"})
        write_note(root, "id-" + std::to_string(++number), text);
    const auto uses = IdentityMounts(root.path()).uses({nfs(2, 1, "/mnt", "nfs1:/")});
    BOOST_TEST(uses.by_identity.empty());
    BOOST_TEST(uses.unknown.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_note_is_written_and_leads_to_the_mounts_identity) {
    const test::TemporaryDirectory root;
    const auto found = kernel::find_mount("/");
    BOOST_TEST_REQUIRE((found && *found));
    kernel::Mount mount = **found;
    BOOST_TEST_REQUIRE(IdentityMounts(root.path()).note(mount, "lab").has_value());
    mount.file_system = "nfs4";
    mount.options = {"xprtsec=mtls"};
    const auto uses = IdentityMounts(root.path()).uses({mount});
    BOOST_TEST(uses.by_identity.size() == 1u);
    BOOST_TEST(uses.unknown.empty());
}

BOOST_AUTO_TEST_CASE(notes_of_mounts_that_are_gone_go_before_they_are_many) {
    const test::TemporaryDirectory root;
    const auto found = kernel::find_mount("/");
    BOOST_TEST_REQUIRE((found && *found));
    const auto notes = [&] {
        return std::distance(std::filesystem::directory_iterator(root / "run/rpctls-mounts"),
                             std::filesystem::directory_iterator());
    };
    const auto mounts = kernel::read_mounts();
    BOOST_TEST_REQUIRE(mounts.has_value());
    const auto most = static_cast<std::ptrdiff_t>(2 * mounts->size() + 200);
    const IdentityMounts identities(root.path());
    std::ptrdiff_t seen = 0;
    for (unsigned id = 1; id < 2000; id += 2) {
        BOOST_TEST_REQUIRE(identities.note(nfs(id, 1, "/nowhere at all", "nfs1:/"), "lab").has_value());
        seen = std::max(seen, notes());
    }
    BOOST_TEST(seen < most);
    // Those of mounts that stand stay.
    BOOST_TEST_REQUIRE(identities.note(**found, "lab").has_value());
    for (unsigned id = 2000; id < 4000; id += 2)
        BOOST_TEST_REQUIRE(identities.note(nfs(id, 1, "/nowhere at all", "nfs1:/"), "lab").has_value());
    BOOST_TEST(identities.uses({nfs((*found)->id, 1, (*found)->mount_point, (*found)->source)})
                   .by_identity.contains("lab"));
}

BOOST_AUTO_TEST_SUITE_END()
