// SPDX-License-Identifier: LGPL-2.1-or-later
// Whole command lines of `tlsctl probe` against scripted servers.
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "tests/unit/client/preflight_fixture.hpp"
#include "tests/unit/temporary_directory.hpp"
#include "tlsctl/cli/program.hpp"
#include "tlsctl/servers/rpc_program.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <sstream>

using namespace rpctls;
using namespace rpctls::test;

BOOST_AUTO_TEST_SUITE(probe)

namespace {

struct Ran {
    int status = -1;
    std::string out;
    std::string err;
    nlohmann::json json() const { return nlohmann::json::parse(out); }
};

Ran run(std::vector<std::string> arguments) {
    std::ostringstream out;
    std::ostringstream err;
    arguments.insert(arguments.begin(), "probe");
    const int status = tlsctl::run(std::move(arguments), out, err);
    return {status, out.str(), err.str()};
}

/// A directory that stands for /, and the CA that the scripted servers use.
struct Host {
    TemporaryDirectory directory;
    std::string root = directory.path();
    std::string ca = directory / "ca.pem";

    Host() { BOOST_TEST_REQUIRE(write_file(ca, as_bytes(authority().ca.certificate), 0644).has_value()); }
    void add_identity(const Certified &pair) const {
        keys::StoredIdentity identity;
        identity.name = "alice";
        identity.chain_pem = pair.certificate;
        identity.private_key_pem = Secret(as_bytes(pair.key));
        BOOST_TEST_REQUIRE(keys::IdentityStore(root).add(identity).has_value());
    }
    std::vector<std::string> line(const ScriptedPeer &peer, std::vector<std::string> more) const {
        std::vector<std::string> arguments = {
            "127.0.0.1:" + std::to_string(peer.port()), "--root", root, "--ca", ca, "--timeout", "4"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
};

ScriptedPeer::Script serving(tls::ClientCertificate wish) {
    return [parameters = authority().serving(wish)](int fd) {
        TlsPeer::offer(fd);
        TlsPeer peer(fd, parameters);
        if (peer.shake_hands() && peer.answer())
            peer.read(1);
    };
}

/// As libtirpc does without TLS.
void refusing(int fd) {
    const auto call = read_octets(fd, probe_size);
    write_octets(fd, answer_to(call, octets("00000001 00000001 00000001 00000002")));
    read_to_end(fd);
}

bool has(const std::string &text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_server_with_tls_is_shown_stage_by_stage) {
    const Host host;
    const ScriptedPeer peer(serving(tls::ClientCertificate::verified_if_given));
    const auto ran = run(host.line(peer, {}));
    BOOST_TEST(ran.status == 0, ran.err);
    for (const char *part : {"resolve", "connect", "TLS offered", "handshake", "TLS 1.3", "sunrpc",
                             "CN=server", "DNS:nfs1.example", "asked for, none sent", "verdict: TLS works"})
        BOOST_TEST(has(ran.out, part), part << " in:\n" << ran.out);
    BOOST_TEST(ran.err.empty());
}

BOOST_AUTO_TEST_CASE(json_says_the_same_in_one_object) {
    const Host host;
    const ScriptedPeer peer(serving(tls::ClientCertificate::verified_if_given));
    const auto ran = run(host.line(peer, {"--json"}));
    BOOST_TEST(ran.status == 0);
    const auto json = ran.json();
    BOOST_TEST(json["verdict"] == "tls-works");
    BOOST_TEST(json["offer"] == "offered");
    BOOST_TEST(json["address"] == "127.0.0.1");
    BOOST_TEST(json["stages"].size() == 5u);
    BOOST_TEST(json["stages"][3]["stage"] == "handshake");
    BOOST_TEST(json["stages"][3]["ms"].get<double>() > 0);
    BOOST_TEST(json["tls"]["version"] == "TLS 1.3");
    BOOST_TEST(json["tls"]["alpn"] == "sunrpc");
    BOOST_TEST(json["chain"][0]["subject"] == "CN=server");
    BOOST_TEST(json["client_certificate"]["requested"] == true);
    BOOST_TEST(json["client_certificate"]["sent"] == false);
    BOOST_TEST(!json.contains("error"));
}

BOOST_AUTO_TEST_CASE(a_named_identity_and_files_are_proved_alike) {
    const Host host;
    host.add_identity(authority().client);
    const std::string certificate = host.directory / "cert.pem";
    const std::string key = host.directory / "key.pem";
    BOOST_TEST_REQUIRE(write_file(certificate, as_bytes(authority().client.certificate), 0644).has_value());
    BOOST_TEST_REQUIRE(write_file(key, as_bytes(authority().client.key), 0600).has_value());
    const ScriptedPeer peer(serving(tls::ClientCertificate::required));
    const auto named = run(host.line(peer, {"--identity", "alice", "--json"}));
    BOOST_TEST(named.status == 0, named.out);
    BOOST_TEST(named.json()["client_certificate"]["sent"] == true);
    BOOST_TEST(run(host.line(peer, {"--cert", certificate, "--key", key})).status == 0);
    const auto without = run(host.line(peer, {"--json"}));
    BOOST_TEST(without.status == 1);
    BOOST_TEST(without.json()["error"]["name"] == "client-certificate-required");
    BOOST_TEST(without.json()["verdict"] == "tls-fails");
}

BOOST_AUTO_TEST_CASE(no_tls_is_an_answer_with_status_1) {
    const Host host;
    const ScriptedPeer peer(refusing);
    const auto ran = run(host.line(peer, {}));
    BOOST_TEST(ran.status == 1);
    BOOST_TEST(has(ran.out, "verdict: no TLS here"));
    BOOST_TEST(has(ran.out, "AUTH_REJECTEDCRED"));
    BOOST_TEST(has(ran.err, "  hint: "));
    const auto json = run(host.line(peer, {"--json"})).json();
    BOOST_TEST(json["verdict"] == "no-tls");
    BOOST_TEST(json["offer"] == "refused");
    BOOST_TEST(json["tls"].is_null());
    BOOST_TEST(json["error"]["name"] == "tls-refused");
}

BOOST_AUTO_TEST_CASE(the_wrong_name_shows_the_chain_and_both_names) {
    const Host host;
    const ScriptedPeer peer(serving(tls::ClientCertificate::verified_if_given));
    const auto ran = run(host.line(peer, {"--server-name", "nfs2.example", "--json"}));
    BOOST_TEST(ran.status == 1);
    const auto json = ran.json();
    BOOST_TEST(json["error"]["name"] == "server-name-mismatch");
    BOOST_TEST(json["chain"].size() == 1u);
    BOOST_TEST(has(run(host.line(peer, {"--server-name", "nfs2.example"})).out, "server certificate\n"));
    BOOST_TEST(has(json["error"].dump(), "nfs2.example"));
    BOOST_TEST(has(json["error"].dump(), "nfs1.example"));
}

BOOST_AUTO_TEST_CASE(many_servers_are_probed_at_once_and_listed_in_their_order) {
    const Host host;
    const ScriptedPeer with(serving(tls::ClientCertificate::verified_if_given));
    const ScriptedPeer without(refusing);
    const std::string list = host.directory / "servers";
    BOOST_TEST_REQUIRE(write_file(list,
                                  as_bytes("# ours\n\n  127.0.0.1:" + std::to_string(without.port()) +
                                           "  # the old one\n127.0.0.1:1\n"),
                                  0644)
                           .has_value());
    const auto ran = run(host.line(with, {"--hosts", list, "--json"}));
    BOOST_TEST(ran.status == 1);
    BOOST_TEST(ran.err == "");
    const auto json = ran.json();
    BOOST_TEST_REQUIRE(json["servers"].size() == 3u);
    BOOST_TEST(json["servers"][0]["name"] == "127.0.0.1:" + std::to_string(with.port()));
    BOOST_TEST(json["servers"][0]["verdict"] == "tls-works");
    BOOST_TEST(!json["servers"][0].contains("error"));
    BOOST_TEST(json["servers"][1]["error"]["name"] == "tls-refused");
    BOOST_TEST(json["servers"][1]["ms"].is_null());
    BOOST_TEST(json["servers"][2]["error"]["name"] == "connection-refused");
    BOOST_TEST(json["verdicts"]["no-tls"] == 1);
    const auto text = run(host.line(with, {"--hosts", list}));
    BOOST_TEST(has(text.out, "3 probed: 1 no-answer, 1 no-tls, 1 tls-works"), text.out);
}

BOOST_AUTO_TEST_CASE(a_repeated_probe_says_how_often_it_failed_and_how_long_it_took) {
    const Host host;
    std::atomic<int> calls = 0;
    const ScriptedPeer peer([&calls, serve = serving(tls::ClientCertificate::verified_if_given)](int fd) {
        if (++calls == 2)
            refusing(fd);
        else
            serve(fd);
    });
    const auto json = run(host.line(peer, {"--repeat", "4", "--json"})).json();
    BOOST_TEST(json["servers"][0]["attempts"] == 4);
    BOOST_TEST(json["servers"][0]["failures"] == 1);
    BOOST_TEST(json["servers"][0]["error"]["name"] == "tls-refused");
    BOOST_TEST(json["servers"][0]["ms"]["min"].get<double>() <=
               json["servers"][0]["ms"]["max"].get<double>());
}

BOOST_AUTO_TEST_CASE(starttls_only_shakes_no_hands) {
    const Host host;
    const ScriptedPeer offering([](int fd) {
        TlsPeer::offer(fd);
        BOOST_TEST(read_octets(fd, 1).empty()); // no ClientHello
    });
    const auto offered = run(host.line(offering, {"--starttls-only", "--json"}));
    BOOST_TEST(offered.status == 0, offered.out);
    BOOST_TEST(offered.json()["verdict"] == "tls-offered");
    BOOST_TEST(offered.json()["stages"].size() == 3u);
    const ScriptedPeer without(refusing);
    const auto refused = run(host.line(without, {"--starttls-only", "--json"}));
    BOOST_TEST(refused.status == 1);
    BOOST_TEST(refused.json()["verdict"] == "no-tls");
    BOOST_TEST(refused.json()["error"]["name"] == "tls-refused");
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_has_status_2) {
    BOOST_TEST(run({}).status == 2);
    BOOST_TEST(run({"host", "--repeat", "0"}).status == 2);
    BOOST_TEST(run({"host", "host:0"}).status == 2);
    BOOST_TEST(run({"a b"}).status == 2);
    BOOST_TEST(run({"host:0"}).status == 2);
    BOOST_TEST(run({"host", "--program", "nonsense"}).status == 2);
    BOOST_TEST(run({"host", "--program", "mountd"}).status == 2); // no fixed port
    BOOST_TEST(run({"host", "--cert", "c.pem"}).status == 2);
    BOOST_TEST(run({"host", "--identity", "a", "--cert", "c.pem", "--key", "k.pem"}).status == 2);
    BOOST_TEST(run({"host", "--timeout", "0"}).status == 2);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_has_status_4_and_an_unknown_identity_too) {
    const Host host;
    BOOST_TEST(run({"127.0.0.1", "--ca", host.directory / "none.pem"}).status == 4);
    const auto ran = run({"127.0.0.1", "--root", host.root, "--ca", host.ca, "--identity", "bob"});
    BOOST_TEST(ran.status == 4);
    BOOST_TEST(has(ran.err, "bob"));
}

BOOST_AUTO_TEST_CASE(programs_are_known_by_name_and_number) {
    BOOST_TEST(tlsctl::find_rpc_program("nfs")->number == 100003u);
    BOOST_TEST(tlsctl::find_rpc_program("100003")->port.value() == 2049);
    BOOST_TEST(tlsctl::find_rpc_program("mountd")->version == 3u);
    BOOST_TEST(tlsctl::find_rpc_program("400000")->number == 400000u);
    BOOST_TEST(!tlsctl::find_rpc_program("4294967296"));
    BOOST_TEST(!tlsctl::find_rpc_program(""));
}

BOOST_AUTO_TEST_SUITE_END()
