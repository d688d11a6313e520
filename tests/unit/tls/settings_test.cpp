// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/settings.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/post_quantum.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::test;
using namespace rpctls::tls;

namespace {

Result<Settings> read(const std::string &text) {
    const TemporaryDirectory directory;
    BOOST_TEST_REQUIRE(write_file(directory / "conf", as_bytes(text), 0644).has_value());
    auto settings = load_settings(directory / "conf");
    if (auto usable = settings ? use_post_quantum(*settings) : Status(); !usable)
        return std::move(usable).error();
    return settings;
}

std::string error_of(const std::string &text) {
    const auto settings = read(text);
    return settings ? "none" : settings.error().name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_settings)

BOOST_AUTO_TEST_CASE(a_file_for_tlshd_is_understood_without_a_warning) {
    const auto settings = read("[debug]\nloglevel=1\ntls=2\nnl=3\ndelay_done=0\n"
                               "[authenticate]\nkeyrings= nfs;nvme\n"
                               "[authenticate.client]\n"
                               "x509.truststore= /etc/ca.pem\nx509.crl= /etc/crl.pem\n"
                               "x509.certificate= /etc/client.pem\nx509.private_key= /etc/client.key\n"
                               "[authenticate.server]\n"
                               "x509.truststore= \nx509.certificate= \"/etc/server.pem\"\n"
                               "x509.private_key=/etc/server.key\n");
    BOOST_TEST_REQUIRE(settings.has_value());
    BOOST_TEST(settings->warnings.empty());
    BOOST_TEST(settings->debug_level == 1);
    BOOST_TEST(settings->tls_debug_level == 2);
    BOOST_TEST((settings->keyrings == std::vector<std::string>{"nfs", "nvme"}));
    BOOST_TEST((settings->client.truststore == "/etc/ca.pem"));
    BOOST_TEST((settings->client.crl == "/etc/crl.pem"));
    BOOST_TEST((settings->client.private_key == "/etc/client.key"));
    BOOST_TEST((settings->server.certificate == "/etc/server.pem"));
    BOOST_TEST(!settings->server.truststore.has_value());
    BOOST_TEST((settings->server.alpn == AlpnPolicy::compatible));
}

BOOST_AUTO_TEST_CASE(our_own_options_stand_beside_them) {
    const auto settings = read("[authenticate.client]\nidentity=backup\nalpn=strict\n");
    BOOST_TEST_REQUIRE(settings.has_value());
    BOOST_TEST((settings->client.identity == "backup"));
    BOOST_TEST((settings->client.alpn == AlpnPolicy::strict));
}

BOOST_AUTO_TEST_CASE(what_nobody_knows_and_what_has_no_effect_is_warned_of_with_its_line) {
    const auto settings = read("[authenticate.client]\nx509.trustore=/etc/ca.pem\n"
                               "[authenticate]\ndane=require\n[what]\nis=this\n");
    BOOST_TEST_REQUIRE(settings.has_value());
    BOOST_TEST_REQUIRE(settings->warnings.size() == 3u);
    BOOST_TEST(
        settings->warnings[0].ends_with("line 2: [authenticate.client] x509.trustore: unknown option"));
    BOOST_TEST(settings->warnings[1].ends_with("line 4: [authenticate] dane: has no effect here"));
    BOOST_TEST(settings->warnings[2].ends_with("line 6: [what] is: unknown option"));
}

BOOST_AUTO_TEST_CASE(a_post_quantum_pair_is_taken_where_gnutls_has_ml_dsa_and_warned_of_elsewhere) {
    const auto settings = read("[authenticate.server]\nx509.certificate=/c\nx509.private_key=/k\n"
                               "x509.pq.certificate=/pq.c\nx509.pq.private_key=/pq.k\n");
    BOOST_TEST_REQUIRE(settings.has_value());
    if (has_post_quantum_signatures()) {
        BOOST_TEST(settings->warnings.empty());
        BOOST_TEST((settings->server.pq_certificate == "/pq.c"));
        BOOST_TEST((settings->server.pq_private_key == "/pq.k"));
    } else {
        BOOST_TEST_REQUIRE(settings->warnings.size() == 2u);
        BOOST_TEST(settings->warnings[0].find("line 4: [authenticate.server] x509.pq.certificate: not used, "
                                              "since GnuTLS 3.") != std::string::npos);
        BOOST_TEST(!settings->server.pq_certificate.has_value());
    }
    BOOST_TEST((settings->server.certificate == "/c"));
}

BOOST_AUTO_TEST_CASE(half_a_post_quantum_pair_or_one_without_a_classic_one_is_refused) {
    // Where it is not used at all there is nothing to refuse.
    const std::string expected = has_post_quantum_signatures() ? "config-value" : "none";
    BOOST_TEST(error_of("[authenticate.server]\nx509.certificate=/c\nx509.private_key=/k\n"
                        "x509.pq.certificate=/c\n") == expected);
    BOOST_TEST(error_of("[authenticate.server]\nx509.pq.certificate=/c\nx509.pq.private_key=/k\n") ==
               expected);
}

BOOST_AUTO_TEST_CASE(values_that_cannot_be_meant_are_refused) {
    BOOST_TEST(error_of("[authenticate.client]\nx509.truststore=ca.pem\n") == "config-value");
    BOOST_TEST(error_of("[authenticate.client]\nx509.certificate=/etc/client.pem\n") == "config-value");
    BOOST_TEST(error_of("[authenticate.server]\nx509.private_key=/etc/server.key\n") == "config-value");
    BOOST_TEST(error_of("[authenticate.client]\nalpn=lax\n") == "config-value");
    BOOST_TEST(error_of("[authenticate.client]\nidentity=a b\n") == "config-value");
    BOOST_TEST(error_of("[authenticate.client]\nidentity=a\nx509.certificate=/a\nx509.private_key=/b\n") ==
               "config-value");
    BOOST_TEST(error_of("[authenticate]\nkeyrings=" + std::string(256, 'a') + "\n") == "config-value");
    std::string many;
    for (int i = 0; i < 17; ++i)
        many += "a;";
    BOOST_TEST(error_of("[authenticate]\nkeyrings=" + many + "\n") == "config-value");
    BOOST_TEST(error_of("[debug]\nloglevel=loud\n") == "config-value");
    BOOST_TEST(error_of("[debug\n") == "config-syntax");
    BOOST_TEST(error_of("") == "none");
}

BOOST_AUTO_TEST_CASE(the_first_file_that_exists_below_the_root_counts) {
    const TemporaryDirectory root;
    BOOST_TEST(load_settings({}, root.path())->origin.empty());
    const auto put = [&](const std::string &name, const std::string &level) {
        const auto path = root / name;
        std::filesystem::create_directories(path.parent_path());
        BOOST_TEST_REQUIRE(write_file(path, as_bytes("[debug]\nloglevel=" + level + "\n"), 0644).has_value());
    };
    put("etc/tlshd.conf", "3");
    BOOST_TEST(load_settings({}, root.path())->debug_level == 3);
    put("etc/tlshd/config", "2");
    BOOST_TEST(load_settings({}, root.path())->debug_level == 2);
    put("etc/rpctls/rpctls.conf", "1");
    BOOST_TEST(load_settings({}, root.path())->debug_level == 1);
    BOOST_TEST(load_settings(root / "none").error().name == "file-missing");
}

BOOST_AUTO_TEST_CASE(the_trust_that_tlsctl_keeps_counts_for_a_role_whose_settings_name_none) {
    const TemporaryDirectory root;
    const auto kept = root / "etc/rpctls/trust/server.pem";
    const auto conf = root / "etc/rpctls/rpctls.conf";
    const auto server = [&](const std::optional<std::filesystem::path> &file = {}) {
        const auto settings = load_settings(file, root.path());
        BOOST_TEST_REQUIRE(settings.has_value());
        BOOST_TEST(!settings->client.truststore.has_value());
        return settings->server;
    };
    std::filesystem::create_directories(kept.parent_path());
    BOOST_TEST(!server().truststore.has_value());
    BOOST_TEST_REQUIRE(write_file(kept, as_bytes("# any"), 0644).has_value());
    BOOST_TEST((server().truststore == kept));
    BOOST_TEST(server().truststore_is_kept);
    BOOST_TEST_REQUIRE(
        write_file(conf, as_bytes("[authenticate.server]\nx509.truststore=\n"), 0644).has_value());
    BOOST_TEST((server(conf).truststore == kept)); // also of a file that was named
    BOOST_TEST_REQUIRE(
        write_file(conf, as_bytes("[authenticate.server]\nx509.truststore=/a.pem\n"), 0644).has_value());
    BOOST_TEST((server().truststore == "/a.pem"));
    BOOST_TEST(!server().truststore_is_kept);
    std::filesystem::remove(conf);
    // A link to nowhere is somebody's trust store that is broken, not the wish for the system's.
    std::filesystem::remove(kept);
    std::filesystem::create_symlink("nowhere", kept);
    BOOST_TEST((server().truststore == kept));

    auto settings = load_settings({}, root.path());
    forget_kept_trust(*settings);
    BOOST_TEST(!settings->server.truststore.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
