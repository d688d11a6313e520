// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/tcp_connections.hpp"

#include "tests/unit/octets.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rpctls;
using namespace rpctls::kernel;
using test::octets;

namespace {

/// struct inet_diag_msg of 192.0.2.9:700 to 192.0.2.7:2049, established, behind its header; `family` 02 or 0a.
std::string socket_octets(const std::string &family, const std::string &remote) {
    const std::string zeros8 = "00000000 00000000";
    return "00000000 1400 0200 01000000 00000000 "  // nlmsghdr
           + family + "010000 "                     // family, state, timer, retransmissions
           + "02bc 0801 "                           // ports
           + "c0000209 00000000 " + zeros8 + remote // addresses
           + "00000000 " + zeros8                   // interface, cookie
           + zeros8 + "00000000 00000000 00000000"; // expiry, queues, uid, inode
}

const std::string ipv4_remote = "c0000207 00000000 00000000 00000000 ";
// INET_DIAG_ULP_INFO: name "tls", and a nest with version 0x0304 and cipher 52 (AES-256-GCM)
const std::string ulp_tls = " 20001300 08000100 746c7300 14000200 06000100 04030000 06000200 34000000";

} // namespace

BOOST_AUTO_TEST_SUITE(tcp_connections_of_the_kernel)

BOOST_AUTO_TEST_CASE(a_connection_in_clear_has_addresses_and_ports) {
    const auto seen = connection_from_diag(octets(socket_octets("02", ipv4_remote)));
    BOOST_TEST_REQUIRE(seen.has_value());
    BOOST_TEST(seen->local == "192.0.2.9");
    BOOST_TEST(seen->local_port == 700);
    BOOST_TEST(seen->remote == "192.0.2.7");
    BOOST_TEST(seen->remote_port == 2049);
    BOOST_TEST(!seen->tls.has_value());
}

BOOST_AUTO_TEST_CASE(tls_on_it_is_told_with_version_and_cipher) {
    const auto seen = connection_from_diag(octets(socket_octets("02", ipv4_remote) + ulp_tls));
    BOOST_TEST_REQUIRE(seen.has_value());
    BOOST_TEST_REQUIRE(seen->tls.has_value());
    BOOST_TEST(seen->tls->version == "TLS 1.3");
    BOOST_TEST(seen->tls->cipher == "AES-256-GCM");
    // The name alone, as those get it who may not see more; and another protocol upon TCP.
    const auto named =
        connection_from_diag(octets(socket_octets("02", ipv4_remote) + " 0c001300 08000100 746c7300"));
    BOOST_TEST((named->tls == SocketTls{}));
    const auto other =
        connection_from_diag(octets(socket_octets("02", ipv4_remote) + " 0c001300 08000100 6d707463"));
    BOOST_TEST(!other->tls.has_value());
}

BOOST_AUTO_TEST_CASE(an_ipv4_address_in_ipv6_form_is_the_ipv4_address) {
    const auto seen =
        connection_from_diag(octets(socket_octets("0a", "00000000 00000000 0000ffff c0000207 ")));
    BOOST_TEST_REQUIRE(seen.has_value());
    BOOST_TEST(seen->remote == "192.0.2.7");
}

BOOST_AUTO_TEST_CASE(cut_anywhere_it_is_no_connection_or_one_without_tls) {
    const auto whole = octets(socket_octets("02", ipv4_remote) + ulp_tls);
    const std::size_t message = octets(socket_octets("02", ipv4_remote)).size();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto seen = connection_from_diag(std::span(whole).first(size));
        BOOST_TEST(seen.has_value() == (size >= message), size);
        BOOST_TEST((!seen || !seen->tls), size);
    }
    BOOST_TEST(!connection_from_diag(octets(socket_octets("01", ipv4_remote))).has_value());
}

BOOST_AUTO_TEST_CASE(counters_of_ktls_are_read_by_name) {
    const auto counters =
        parse_tls_counters("TlsCurrTxSw                     \t2\nTlsDecryptError \t0\nodd\n \t7\nX y\n");
    BOOST_TEST(counters.size() == 2u);
    BOOST_TEST(counters.at("TlsCurrTxSw") == 2u);
    BOOST_TEST(counters.at("TlsDecryptError") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
