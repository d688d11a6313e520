// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_source.hpp"

#include "tests/unit/agent/fixture.hpp"
#include "tests/unit/keys/other_keyrings.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::agent;

namespace {

/// A mount with cert_serial= and privkey_serial=, its keys on a keyring that only its request reaches.
struct Mount {
    test::Host host;
    test::OtherKeyrings others;
    kernel::HandshakeRequest request;
    std::string pem = file("client.pem") + file("ca.pem");

    Mount() {
        request.type = kernel::MessageType::client_hello;
        request.keyring = others.keyring("nfs");
    }

    std::string file(const char *name) const { return *read_file(host.file(name)); }

    /// The length of the chain that the payload amounts to, or the error.
    std::string chain_of(std::string_view payload) {
        const auto certificate = others.key(request.keyring, "cert", payload);
        const auto private_key = others.key(request.keyring, "privkey", file("client.key"));
        const KeySource source({});
        auto bytes = source.identity(request, {certificate, private_key});
        if (!bytes)
            return bytes.error().name;
        const auto credentials = host.snapshot()->from_keys(Role::client, std::move(*bytes));
        return credentials ? std::to_string((*credentials)->chain().size()) : credentials.error().name;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(key_source)

BOOST_FIXTURE_TEST_CASE(the_payload_of_a_certificate_key_may_be_a_chain_in_PEM_or_DER, Mount) {
    BOOST_TEST(chain_of(file("client.pem")) == "1");
    BOOST_TEST(chain_of(pem) == "2");
    const auto chain = *tls::parse_chain(as_bytes(pem), "test");
    std::string der;
    for (const auto &certificate : chain)
        der += as_text(certificate.der);
    BOOST_TEST(chain_of(der) == "2");
    BOOST_TEST(chain_of(der.substr(0, der.size() - 1)) == "certificate-unreadable");
}

BOOST_FIXTURE_TEST_CASE(the_keys_of_one_mount_are_out_of_reach_for_another, Mount) {
    const auto certificate = others.key(request.keyring, "cert", pem);
    const auto private_key = others.key(request.keyring, "privkey", file("client.key"));
    kernel::HandshakeRequest another;
    another.type = kernel::MessageType::client_hello;
    another.keyring = others.keyring("another");
    const KeySource source({});
    BOOST_TEST(source.identity(request, {certificate, private_key}).has_value());
    const auto refused = source.identity(another, {certificate, private_key});
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().name == "key-unreadable");
}

BOOST_FIXTURE_TEST_CASE(keyrings_of_the_configuration_serve_every_request, Mount) {
    const auto certificate = others.key(request.keyring, "cert", pem);
    const auto private_key = others.key(request.keyring, "privkey", file("client.key"));
    kernel::HandshakeRequest another;
    another.type = kernel::MessageType::client_hello;
    another.keyring = others.keyring("another");
    const KeySource source({"no-such-keyring", std::to_string(request.keyring)});
    BOOST_TEST(source.identity(another, {certificate, private_key}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
