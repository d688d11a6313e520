// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/library_log.hpp"

#include "tests/unit/tls/session_fixture.hpp"

#include <algorithm>

using namespace rpctls;
using namespace rpctls::test;

namespace {

/// What GnuTLS says of a handshake at that level, in lower case.
struct Told {
    explicit Told(int level) {
        tls::set_library_log([this](const std::string &message) { lines.push_back(lower_case(message)); });
        tls::set_library_log_level(level);
        pair.shake();
        pair.client.close();
    }
    ~Told() { tls::set_library_log({}); }

    bool has(std::string_view text) const {
        return std::ranges::any_of(
            lines, [&](const std::string &line) { return line.find(text) != std::string::npos; });
    }

    std::vector<std::string> lines;
    Pki pki;
    Pair pair{{.credentials = pki.trust(), .server_name = "nfs1.example"},
              {.credentials = pki.server_credentials()}};
};

} // namespace

BOOST_AUTO_TEST_SUITE(library_log)

BOOST_AUTO_TEST_CASE(nothing_is_said_at_level_0) {
    BOOST_TEST(Told(0).lines.empty());
}

BOOST_AUTO_TEST_CASE(a_handshake_is_told_in_lines_of_printable_text) {
    const Told told(4);
    BOOST_TEST_REQUIRE(told.pair.client_outcome.word == "done");
    BOOST_TEST(told.has("client hello"));
    for (const std::string &line : told.lines) {
        BOOST_TEST(line.starts_with("gnutls: "));
        BOOST_TEST(line.find('\n') == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(no_level_makes_it_write_down_keys) {
    const Told told(99);
    BOOST_TEST_REQUIRE(told.pair.client_outcome.word == "done");
    BOOST_TEST(told.has("rec"));
    for (const auto direction : {tls::Direction::receive, tls::Direction::transmit}) {
        const auto keys = told.pair.client.traffic_keys(direction);
        BOOST_TEST(!told.has(hex(keys->key.bytes()).substr(0, 16)));
    }
    BOOST_TEST(!told.has("write key ["));
}

BOOST_AUTO_TEST_SUITE_END()
