// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/server_pins.hpp"

#include "tests/unit/tls/session_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using tls::ServerPins;

namespace {

Result<ServerPins> pins(const std::string &text) {
    return ServerPins::read(*Ini::parse(text, "conf"));
}

const std::string a(64, 'a');
const std::string b(64, 'b');

/// How a client that has these pins fares with a server; what the server hears.
struct Met {
    std::string client;
    std::string server;
    std::optional<Error> error;
};

Met meet(const test::Pki &pki, std::vector<std::string> allowed, const test::Certified &shown) {
    test::Pair pair({.credentials = pki.trust(), .server_name = "nfs1.example", .pins = std::move(allowed)},
                    {.credentials = pki.server_credentials(shown)});
    pair.shake();
    return {pair.client_outcome.word, pair.server_outcome.word, pair.client_outcome.error};
}

} // namespace

BOOST_AUTO_TEST_SUITE(server_pins)

BOOST_AUTO_TEST_CASE(pins_are_read_by_server_however_its_name_is_written) {
    const auto read =
        pins("[mount.NFS1.example]\npin=" + a + "\n[mount]\nminimum=tls\n[mount.2001:db8::1]\npin=" + b +
             "\n[mount.nfs1.example]\npin=BB:" + std::string(62, 'b') + "\n");
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->of("nfs1.Example.") == (std::vector{a, b}), boost::test_tools::per_element());
    BOOST_TEST(read->of("[2001:DB8::1]") == std::vector{b}, boost::test_tools::per_element());
    BOOST_TEST(read->of("nfs2.example").empty());
    BOOST_TEST(read->of("").empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_pin_is_refused_with_its_line) {
    for (const std::string &text :
         {"[mount.nfs1]\npin=\n" + std::string(), "[mount.nfs1]\npin=abc\n" + std::string(),
          "[mount.nfs1]\npin=" + std::string(64, 'g') + "\n", "[mount.nfs1]\npin=" + a + "a\n",
          "[mount]\npin=" + a + "\n"}) {
        const auto refused = pins(text);
        BOOST_TEST_REQUIRE(!refused.has_value(), text);
        BOOST_TEST(refused.error().name == "config-value");
        BOOST_TEST(refused.error().what.find("conf line 2") != std::string::npos);
    }
    std::string many = "[mount.nfs1]\n";
    for (int i = 0; i < 1025; ++i)
        many += "pin=" + a + "\n";
    BOOST_TEST(!pins(many).has_value());
}

BOOST_AUTO_TEST_CASE(a_server_with_a_pinned_key_is_believed_and_another_is_not) {
    const test::Pki pki;
    const auto other = test::certify({.common_name = "server", .dns_names = {"nfs1.example"}}, &pki.root);
    test::Pair look({.credentials = pki.trust(), .server_name = "nfs1.example"},
                    {.credentials = pki.server_credentials()});
    look.shake();
    const std::string key = look.client.facts().peer_chain.at(0).spki_pin;
    BOOST_TEST(meet(pki, {key}, pki.server).client == "done");
    BOOST_TEST(meet(pki, {a, key}, pki.server).client == "done");
    const auto met = meet(pki, {a, key}, other);
    BOOST_TEST(met.client == "server-key-not-pinned");
    BOOST_TEST(test::fact(met.error, "pinned") == a + ", " + key);
    BOOST_TEST(!test::fact(met.error, "seen").empty());
    BOOST_TEST(met.server == "peer-alert");
}

BOOST_AUTO_TEST_CASE(R_5_2_1_14_a_pin_does_not_stand_in_for_the_certificates_own_proof) {
    const test::Pki pki;
    const test::Certified stranger_root = test::certify({.common_name = "Other CA", .is_ca = true});
    const auto stranger =
        test::certify({.common_name = "server", .dns_names = {"nfs1.example"}}, &stranger_root);
    test::Pair look({.credentials = test::load({.trusted = {stranger_root}}), .server_name = "nfs1.example"},
                    {.credentials = pki.server_credentials(stranger)});
    look.shake();
    BOOST_TEST_REQUIRE(look.client_outcome.word == "done");
    const std::string key = look.client.facts().peer_chain.at(0).spki_pin;
    BOOST_TEST(meet(pki, {key}, stranger).client == "ca-not-trusted");
}

BOOST_AUTO_TEST_SUITE_END()
