// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/export_client.hpp"
#include "rpc/kernel/exports.hpp"

#include "rpc/base/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::kernel;

namespace {

std::vector<ExportEntry> read(std::string_view text) {
    auto entries = parse_exports(text, "exports");
    BOOST_TEST_REQUIRE(entries.has_value());
    return std::move(*entries);
}

/// "PATH CLIENT OPTIONS" for each, a line for each.
std::string seen(std::string_view text) {
    std::string all;
    for (const ExportEntry &entry : read(text))
        all += entry.path + " " + entry.client + " " + join(entry.options, ",") + "\n";
    return all;
}

std::string error_of(std::string_view text) {
    const auto entries = parse_exports(text, "exports");
    return entries ? "none" : entries.error().what;
}

std::string client(std::string_view text) {
    const auto parsed = parse_export_client(text);
    return parsed ? *parsed : parsed.error().name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(exports)

BOOST_AUTO_TEST_CASE(a_line_exports_a_path_to_each_of_its_clients) {
    BOOST_TEST(seen("# site\n/srv/data  a.example(rw,sync)\t192.0.2.0/24(ro) # all\n\n /srv/b *(ro)\n") ==
               "/srv/data a.example rw,sync\n/srv/data 192.0.2.0/24 ro\n/srv/b * ro\n");
    BOOST_TEST(read("#\n\n/srv a(rw)\n/b c(ro)")[1].line == 4u);
}

BOOST_AUTO_TEST_CASE(what_is_left_out_is_what_exportfs_takes_it_for) {
    BOOST_TEST(seen("/srv\n") == "/srv * \n");
    BOOST_TEST(seen("/srv a\n") == "/srv a \n");
    BOOST_TEST(seen("/srv a (rw)\n") == "/srv a \n/srv * rw\n"); // the classic mistake
    BOOST_TEST(seen("/srv -rw,fsid=0\n") == "/srv * rw,fsid=0\n");
    BOOST_TEST(seen("/srv -rw a b(ro) -c\n") == "/srv a rw\n/srv b rw,ro\n/srv -c rw\n");
}

BOOST_AUTO_TEST_CASE(continued_lines_quotes_and_escapes_are_undone) {
    BOOST_TEST(seen("/srv \\\n   a(rw) \\\n\tb(ro)\n/c d\n") == "/srv a rw\n/srv b ro\n/c d \n");
    BOOST_TEST(read("/srv \\\n a(rw)\n/c d\n")[1].line == 3u);
    BOOST_TEST(seen("\"/srv/with blank\" a(rw)\n") == "/srv/with blank a rw\n");
    BOOST_TEST(seen("/srv/with\\040blank\\011 a\n") == "/srv/with blank\t a \n");
    BOOST_TEST(seen("/srv/\"a b\"/c#d a#b\n") == "/srv/a b/c#d a#b \n");
    BOOST_TEST(seen("/srv/\\9 a\n") == "/srv/\\9 a \n");
    BOOST_TEST(seen("/srv a # comment \\\n/b c\n") == "/srv a \n/b c \n"); // comments are not continued
    BOOST_TEST(seen("/sr\\\nv a\n") == "/sr v \n/sr a \n");                // a joint is a blank
}

BOOST_AUTO_TEST_CASE(what_exportfs_stops_at_is_an_error_with_its_line) {
    BOOST_TEST(error_of("/srv a(rw\n") == "exports line 1 is not understood");
    BOOST_TEST(error_of("/a b\n/srv a(rw)b\n") == "exports line 2 is not understood");
    BOOST_TEST(error_of("/a b\n\n\"/srv\na b(rw)\n").starts_with("exports line"));
    BOOST_TEST(error_of("/a b(rw)\r\n").starts_with("exports line 1"));
    BOOST_TEST(error_of("/a\\000 b(rw)\n") != "none");
    BOOST_TEST(error_of("/" + std::string(4096, 'a') + " b\n") != "none");
    BOOST_TEST(error_of("/a " + std::string(512, 'b') + "\n") != "none");
    BOOST_TEST(error_of("\"\" b\n") != "none");
    std::string many;
    for (int i = 0; i < 20001; ++i)
        many += "/a b\n";
    BOOST_TEST(parse_exports(many, "exports").error().name == "exports-too-many");
}

BOOST_AUTO_TEST_CASE(every_xprtsec_of_a_line_adds_to_what_is_taken_and_without_any_all_are) {
    BOOST_TEST(read("/a b(rw)")[0].protection().words() == "none:tls:mtls");
    BOOST_TEST(read("/a b(xprtsec=mtls)")[0].protection().only_mtls());
    BOOST_TEST(read("/a b(xprtsec=mtls:tls)")[0].protection().words() == "tls:mtls");
    BOOST_TEST(read("/a -xprtsec=tls b(xprtsec=mtls)")[0].protection().words() == "tls:mtls");
    BOOST_TEST(!parse_export_protection("tls:ssl"));
    BOOST_TEST(!parse_export_protection(""));
    const auto of = [](const char *words) { return *parse_export_protection(words); };
    BOOST_TEST(of("none:mtls").weaker_than(of("tls")));
    BOOST_TEST(of("tls:mtls").weaker_than(of("mtls")));
    BOOST_TEST(!of("mtls").weaker_than(of("tls")));
    BOOST_TEST(!of("tls").weaker_than(of("none")));
}

BOOST_AUTO_TEST_CASE(a_rendered_export_reads_as_it_was) {
    for (const char *path :
         {"/srv/data", "/srv/with blank", "/srv/\"q\"", "/srv/#1", "/srv/\xc3\xa4", "/a\tb"}) {
        const ExportEntry entry{path, "fd00::/64", {"rw", "xprtsec=mtls"}, 0};
        const auto back = read(render_export(entry));
        BOOST_TEST_REQUIRE(back.size() == 1u);
        BOOST_TEST(back[0].path == path);
        BOOST_TEST(back[0].client == entry.client);
        BOOST_TEST(back[0].options == entry.options);
    }
    BOOST_TEST(render_export({"/srv/a b", "*", {"ro"}, 0}) == "/srv/a\\040b\t*(ro)\n");
}

BOOST_AUTO_TEST_CASE(clients_that_are_asked_for_are_names_addresses_networks_netgroups_and_patterns) {
    for (const char *sound : {"*", "nfs1", "nfs1.example", "*.example", "host[1-3].example", "h?.example",
                              "@trusted", "192.0.2.7", "192.0.2.0/24", "fd00:77::/64", "::1", "0.0.0.0/0"})
        BOOST_TEST(client(sound) == sound);
    BOOST_TEST(client("192.0.2.0/255.255.255.0") == "192.0.2.0/24");
    BOOST_TEST(client("[fd00::1]") == "fd00::1");
    BOOST_TEST(client("FD00:0::/64") == "fd00::/64");
    for (const char *unsound : {"",           "a b",          "a(rw)",        "a,b",
                                "-a",         "192.0.2.7/24", "192.0.2.0/33", "192.0.2.0/255.0.255.0",
                                "192.0.2.0/", "192.0.2",      "192.0.2.256",  "@",
                                "@a b",       "gss/krb5",     "host/24",      "a..b",
                                "a#b",        "\"a\"",        "a\\040b",      "a\nb"})
        BOOST_TEST(client(unsound) == "export-client-invalid", unsound);
    BOOST_TEST(parse_export_client("192.0.2.7/24").error().hint.find("192.0.2.0/24") != std::string::npos);
    BOOST_TEST(client(std::string(300, 'a')) == "export-client-invalid");
}

BOOST_AUTO_TEST_CASE(whom_a_client_names_is_told_as_exportfs_does_it) {
    BOOST_TEST((export_client_kind("*") == ExportClientKind::everyone));
    BOOST_TEST((export_client_kind("@g") == ExportClientKind::netgroup));
    BOOST_TEST((export_client_kind("*.a") == ExportClientKind::wildcard));
    BOOST_TEST((export_client_kind("10.0.0.0/8") == ExportClientKind::network));
    BOOST_TEST((export_client_kind("fd00::1") == ExportClientKind::address));
    BOOST_TEST((export_client_kind("nfs1") == ExportClientKind::host));
    BOOST_TEST(is_world("*"));
    BOOST_TEST(is_world("0.0.0.0/0"));
    BOOST_TEST(is_world("::/0"));
    BOOST_TEST(is_world("0.0.0.0/0.0.0.0"));
    BOOST_TEST(!is_world("*.example"));
    BOOST_TEST(!is_world("10.0.0.0/8"));
}

BOOST_AUTO_TEST_CASE(options_are_taken_that_cannot_leave_their_brackets) {
    const auto sound = check_export_options("rw,sync,fsid=0,sec=krb5:sys");
    BOOST_TEST_REQUIRE(sound.has_value());
    BOOST_TEST(sound->size() == 4u);
    for (const char *unsound :
         {"", "rw,", "rw) *(rw", "rw sync", "a\"b", "a#b", "a\\b", "rw\n/ *(rw", "xprtsec=none"})
        BOOST_TEST(!check_export_options(unsound).has_value(), unsound);
}

BOOST_AUTO_TEST_SUITE_END()
