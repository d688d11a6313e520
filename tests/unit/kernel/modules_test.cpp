// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/modules.hpp"

#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace rpctls;
using kernel::Answer;

namespace {

struct Root : test::TemporaryDirectory {
    void write(const std::string &name, const std::string &text) const {
        std::filesystem::create_directories((path() / name).parent_path());
        std::ofstream(path() / name) << text;
    }
    bool says(Answer answer) const {
        return kernel::module_available("nfs_layout_flexfiles", "6.12.1", path()) == answer;
    }
};

constexpr const char *list =
    "kernel/fs/nfs/nfs.ko: kernel/net/sunrpc/sunrpc.ko\n"
    "kernel/fs/nfs/flexfilelayout/nfs_layout_flexfiles.ko.xz: kernel/fs/nfs/nfs.ko\n";

} // namespace

BOOST_AUTO_TEST_SUITE(modules)

BOOST_AUTO_TEST_CASE(a_module_that_modprobe_d_bars_cannot_come) {
    const Root root;
    BOOST_TEST(root.says(Answer::unknown));
    root.write("lib/modules/6.12.1/modules.dep",
               "kernel/fs/nfs/nfs.ko:\nkernel/a.ko: x/nfs_layout_flexfiles.ko\n");
    BOOST_TEST(root.says(Answer::no));
    root.write("lib/modules/6.12.1/modules.dep", list);
    BOOST_TEST(root.says(Answer::yes));
    root.write("etc/modprobe.d/readme.txt", "install nfs_layout_flexfiles /bin/false\n");
    BOOST_TEST(root.says(Answer::yes));
    root.write("etc/modprobe.d/flex.conf",
               "# no data in clear\n install  nfs-layout-flexfiles\t/bin/false\n");
    BOOST_TEST(root.says(Answer::no));
    root.write("sys/module/nfs_layout_flexfiles/refcnt", "0\n");
    BOOST_TEST(root.says(Answer::yes));
}

BOOST_AUTO_TEST_CASE(only_an_install_line_that_does_nothing_bars_a_module) {
    BOOST_TEST(kernel::bars_module("install m /bin/true", "m"));
    BOOST_TEST(!kernel::bars_module("install m /sbin/modprobe --ignore-install m", "m"));
    BOOST_TEST(!kernel::bars_module("blacklist m\n#install m /bin/false\ninstall mm /bin/false\n", "m"));
}

BOOST_AUTO_TEST_CASE(releases_are_compared_by_their_first_two_numbers) {
    BOOST_TEST(kernel::is_older("6.12.57+deb13-amd64", 6, 16));
    BOOST_TEST(kernel::is_older("5.19", 6, 16));
    BOOST_TEST(!kernel::is_older("6.16-rc1", 6, 16));
    BOOST_TEST(!kernel::is_older("7.2.0", 6, 16));
    BOOST_TEST(!kernel::is_older("", 6, 16));
    BOOST_TEST(!kernel::is_older("six.one", 6, 16));
}

BOOST_AUTO_TEST_SUITE_END()
