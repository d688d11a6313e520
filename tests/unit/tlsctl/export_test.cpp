// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tests/unit/tlsctl/run.hpp"
#include "tlsctl/exports/export_store.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::test;

// Below --root no exportfs runs: what it makes of the files is for the lab (exports.sh).

namespace {

constexpr const char *own = "etc/exports.d/rpctls.exports";

/// An image with /srv/data and /srv/b, and a server's certificate unless told otherwise.
struct Server {
    System system;
    explicit Server(bool certificate = true) {
        for (const char *path : {"srv/data", "srv/with blank", "other"})
            std::filesystem::create_directories(system.path(path));
        if (!certificate)
            return;
        BOOST_TEST_REQUIRE(system.run({"ca", "init"}).exit == 0);
        BOOST_TEST_REQUIRE(system.run({"cert", "issue", "server", "--dns", "nfs1.example"}).exit == 0);
        put("etc/rpctls/rpctls.conf", "[authenticate.server]\n"
                                      "x509.certificate=/etc/rpctls/certs/server.pem\n"
                                      "x509.private_key=/etc/rpctls/certs/server.key\n");
    }
    void put(const std::string &name, const std::string &text) const {
        const std::filesystem::path file = system.path(name);
        std::filesystem::create_directories(file.parent_path());
        BOOST_TEST_REQUIRE(write_file(file, as_bytes(text), 0644).has_value());
    }
    std::string text(const std::string &name) const { return *read_file(system.path(name)); }
    /// The lines of our file without its comments.
    std::string lines() const {
        std::string all;
        const std::string whole = text(own);
        for (const std::string_view line : split(whole, '\n'))
            if (!line.empty() && line.front() != '#')
                all += std::string(line) + "\n";
        return all;
    }
    Outcome exports(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "export");
        return system.run(arguments);
    }
    std::string error_name(std::vector<std::string> arguments) const {
        arguments.emplace_back("--json");
        const auto json = exports(arguments).json();
        return json.contains("error") ? json["error"]["name"].get<std::string>() : "none";
    }
    std::vector<std::string> findings() const {
        std::vector<std::string> names;
        const auto json = exports({"check", "--json"}).json();
        for (const auto &finding : json["findings"])
            names.push_back(finding["name"]);
        return names;
    }
};

using Names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(export_commands)

BOOST_AUTO_TEST_CASE(R_6_3_1_an_export_asks_for_mutual_tls_unless_told_otherwise) {
    const Server server;
    const Outcome set = server.exports({"set", "/srv/data", "--clients", "192.0.2.0/24", "fd00::/64"});
    BOOST_TEST(set.exit == 0, set.err);
    BOOST_TEST(set.out.find("192.0.2.0/24: mutual TLS (rw,sync,no_subtree_check,xprtsec=mtls)") !=
                   std::string::npos,
               set.out);
    BOOST_TEST(server.lines() == "/srv/data\t192.0.2.0/24(rw,sync,no_subtree_check,xprtsec=mtls)\n"
                                 "/srv/data\tfd00::/64(rw,sync,no_subtree_check,xprtsec=mtls)\n");
    BOOST_TEST(server.exports({"list"}).out.find("mutual TLS") != std::string::npos);
    BOOST_TEST(server.exports({"check"}).exit == 0);
}

BOOST_AUTO_TEST_CASE(one_word_is_the_least_that_is_asked_and_plaintext_is_never_silent) {
    const Server server;
    const auto protection = [&](const std::string &word) {
        const Outcome set = server.exports(
            {"set", "/srv/data", "--clients", "a", "--options", "ro", "--xprtsec", word, "--json"});
        return join(set.json()["exports"][0]["xprtsec"].get<Names>(), ":");
    };
    BOOST_TEST(protection("mtls") == "mtls");
    BOOST_TEST(protection("tls") == "tls:mtls");
    BOOST_TEST(protection("none") == "none:tls:mtls");
    BOOST_TEST(protection("none:mtls") == "none:mtls");
    BOOST_TEST(server.exports({"set", "/srv/data", "--clients", "a", "--xprtsec", "ssl"}).exit == 2);
    BOOST_TEST(server.exports({"set", "/srv/data", "--clients", "a", "--xprtsec", "none"})
                   .out.find("Note: these clients may mount without TLS") != std::string::npos);
    BOOST_TEST(server.exports({"list"}).out.find("Warning: 1 export allows mounts without TLS") !=
               std::string::npos);
    BOOST_TEST(server.exports({"check"}).exit == 1);
    BOOST_TEST((server.findings() == Names{"plaintext-allowed"}));
}

BOOST_AUTO_TEST_CASE(the_same_request_again_changes_nothing_and_another_replaces_the_path_s) {
    const Server server;
    const std::vector<std::string> request{"set", "/srv/data/", "--clients", "a", "b", "--json"};
    BOOST_TEST(server.exports({"set", "/other", "--clients", "c"}).exit == 0);
    BOOST_TEST(server.exports(request).json()["changed"] == true);
    const std::string before = server.text(own);
    BOOST_TEST(server.exports(request).json()["changed"] == false);
    BOOST_TEST(server.text(own) == before);
    BOOST_TEST(server.exports({"set", "/srv/with blank", "--clients", "d", "--options", "ro"}).exit == 0);
    BOOST_TEST(server.exports({"set", "/srv/data", "--clients", "e", "--options", "ro"}).exit == 0);
    BOOST_TEST(server.lines() == "/other\tc(rw,sync,no_subtree_check,xprtsec=mtls)\n"
                                 "/srv/data\te(ro,xprtsec=mtls)\n"
                                 "/srv/with\\040blank\td(ro,xprtsec=mtls)\n");
    BOOST_TEST(server.exports({"remove", "/srv/with blank"}).exit == 0);
    BOOST_TEST(server.exports({"remove", "/other"}).exit == 0);
    BOOST_TEST(server.lines() == "/srv/data\te(ro,xprtsec=mtls)\n");
    BOOST_TEST(server.error_name({"remove", "/other"}) == "export-unknown");
    BOOST_TEST(server.exports({"remove", "/srv/data"}).exit == 0);
    BOOST_TEST(!server.system.has(own));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_meant_is_refused_and_leaves_nothing) {
    const Server server;
    server.put("srv/file", "");
    std::filesystem::create_directory(server.system.path("srv/a\\b"));
    const auto error = [&](const std::string &path, const std::string &client,
                           const std::string &options = "rw") {
        return server.error_name({"set", path, "--clients", client, "--options", options});
    };
    BOOST_TEST(error("srv/data", "a") == "export-path-invalid");
    BOOST_TEST(error("/srv/none", "a") == "export-path-invalid");
    BOOST_TEST(error("/srv/file", "a") == "export-path-invalid");
    BOOST_TEST(error("/srv/a\\b", "a") == "export-path-invalid");
    BOOST_TEST(error("/srv/data", "192.0.2.7/24") == "export-client-invalid");
    BOOST_TEST(error("/srv/data", "a(rw)") == "export-client-invalid");
    BOOST_TEST(error("/srv/data", "a", "rw,xprtsec=none") == "export-options-invalid");
    BOOST_TEST(error("/srv/data", "a", "rw) *(rw") == "export-options-invalid");
    BOOST_TEST(server.exports({"set", "/srv/data"}).exit == 2);
    BOOST_TEST(!server.system.has("etc/exports.d"));
}

BOOST_AUTO_TEST_CASE(without_a_sound_certificate_nothing_is_exported_unless_forced) {
    const Server server(false);
    const std::vector<std::string> request{"set", "/srv/data", "--clients", "a"};
    BOOST_TEST(server.error_name(request) == "server-certificate-missing");
    BOOST_TEST(!server.system.has(own));
    auto forced = request;
    forced.emplace_back("--force");
    const Outcome outcome = server.exports(forced);
    BOOST_TEST(outcome.exit == 0);
    BOOST_TEST(outcome.out.find("Note: this host has no certificate as a server") != std::string::npos);
    BOOST_TEST((server.findings() == Names{"server-certificate-missing"}));
}

BOOST_AUTO_TEST_CASE(lines_of_others_are_never_touched_and_one_that_would_count_instead_is_a_conflict) {
    const Server server;
    const std::string theirs = "# mine\n/srv/data \\\n   a.example(rw) # keep\n";
    server.put("etc/exports", theirs);
    server.put("etc/exports.d/more.exports", "/other *(ro)\n");
    server.put("etc/exports.d/not-read", "/other b(ro)\n");
    const Outcome refused = server.exports({"set", "/srv/data", "--clients", "A.example"});
    BOOST_TEST(refused.exit == 4);
    BOOST_TEST(refused.err.find("etc/exports line 2") != std::string::npos, refused.err);
    BOOST_TEST(server.error_name({"set", "/other", "--clients", "*"}) == "export-conflict");
    const Outcome set = server.exports({"set", "/srv/data", "--clients", "b.example"});
    BOOST_TEST(set.exit == 0, set.err);
    BOOST_TEST(set.out.find("exports it to a.example with less: xprtsec=none:tls:mtls") != std::string::npos,
               set.out);
    BOOST_TEST(server.error_name({"remove", "/other"}) == "export-unknown");
    BOOST_TEST(server.text("etc/exports") == theirs);
    BOOST_TEST(server.exports({"list", "--json"}).json()["exports"].size() == 3u);
}

BOOST_AUTO_TEST_CASE(check_finds_what_is_weaker_than_it_seems) {
    const Server server;
    const auto found = [&](const std::string &exports) {
        server.put("etc/exports", exports);
        return join(server.findings(), " ");
    };
    BOOST_TEST(found("") == "");
    BOOST_TEST(found("/srv/data a(rw,xprtsec=mtls)\n") == "");
    BOOST_TEST(found("/srv/data a(rw)\n") == "plaintext-allowed");
    BOOST_TEST(found("/srv/data a (rw,xprtsec=mtls)\n") == "plaintext-allowed");
    BOOST_TEST(found("/srv/data *(rw,xprtsec=tls:mtls)\n") == "world-without-certificate");
    BOOST_TEST(found("/srv/data 0.0.0.0/0(rw,xprtsec=tls)\n") == "world-without-certificate");
    BOOST_TEST(found("/srv/data *(rw,xprtsec=mtls)\n") == "");
    BOOST_TEST(found("/srv/data -xprtsec=tls a(xprtsec=mtls)\n") == "xprtsec-adds");
    BOOST_TEST(found("/srv/none a(xprtsec=mtls) b(xprtsec=mtls)\n") == "path-missing");
    BOOST_TEST(found("/srv/data a(xprtsec=mtls)\n/srv/data/ a(ro,xprtsec=mtls)\n") == "conflict");
    BOOST_TEST(found("/srv b(xprtsec=tls)\n/srv/data a(xprtsec=mtls) c(xprtsec=mtls)\n") == "weaker-parent");
    BOOST_TEST(found("/ *(ro)\n/srv/data a(xprtsec=tls)\n") == "plaintext-allowed weaker-parent");
    BOOST_TEST(found("/srv b(xprtsec=mtls)\n/srv/data a(xprtsec=tls:mtls)\n") == "");
    BOOST_TEST(found("/srv/data a(rw\n") == "exports-unreadable");
    BOOST_TEST(server.exports({"check"}).exit == 1);
    BOOST_TEST(server.exports({"list"}).exit == 4);
}

BOOST_AUTO_TEST_CASE(who_undoes_several_steps_gets_the_file_back_unless_it_has_changed_since) {
    const Server server;
    tlsctl::Context context;
    context.root = server.system.path("");
    tlsctl::ExportRequest request;
    request.path = "/srv/data";
    request.clients = {"a"};
    const auto first = tlsctl::set_export(request, context);
    BOOST_TEST_REQUIRE(first.has_value());
    const std::string before = server.text(own);
    request.clients = {"b"};
    const auto second = tlsctl::set_export(request, context);
    BOOST_TEST(tlsctl::undo_export(*second, context).has_value());
    BOOST_TEST(server.text(own) == before);
    BOOST_TEST(tlsctl::undo_export(*second, context).error().name == "exports-changed");
    BOOST_TEST(tlsctl::undo_export(*first, context).has_value());
    BOOST_TEST(!server.system.has(own));
}

BOOST_AUTO_TEST_SUITE_END()
