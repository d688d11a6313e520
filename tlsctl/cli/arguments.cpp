// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/arguments.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "tlsctl/cli/command.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>

namespace rpctls::tlsctl {

void add_key_type(Command command, tls::KeyKind &key) {
    const auto choose = [&key](const std::string &word) {
        if (word == "ecdsa-p256")
            key = tls::KeyKind::ecdsa_p256;
        else if (word == "ecdsa-p384")
            key = tls::KeyKind::ecdsa_p384;
        else if (word == "rsa")
            key = tls::KeyKind::rsa_3072;
        else if (word == "ed25519")
            key = tls::KeyKind::ed25519;
        else if (word == "ml-dsa-44")
            key = tls::KeyKind::ml_dsa_44;
        else if (word == "ml-dsa-65")
            key = tls::KeyKind::ml_dsa_65;
        else if (word == "ml-dsa-87")
            key = tls::KeyKind::ml_dsa_87;
        else
            reject_choice("--key-type", word,
                          "ecdsa-p256, ecdsa-p384, rsa, ed25519, ml-dsa-44, ml-dsa-65, ml-dsa-87");
    };
    command
        .add_choice("--key-type", choose,
                    "ecdsa-p256 (default), ecdsa-p384, rsa (3072 bits), ed25519, or ml-dsa-44, "
                    "-65 or -87 where GnuTLS has it")
        .type_name("TYPE");
}

Result<tls::Time> parse_time(std::string_view text, std::string_view option) {
    std::string whole(text);
    if (text.size() == 10)
        whole += "T00:00:00Z";
    std::tm utc{};
    int end = 0;
    const int fields = std::sscanf(whole.c_str(), "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &utc.tm_year, &utc.tm_mon,
                                   &utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &end);
    const auto wrong = [&]() -> Error {
        return usage_error(std::string(option) + " " + printable(text) + " is no time from 1970 to 2261",
                           "write UTC as 2026-11-20T21:00:00Z, or a day as 2026-11-20");
    };
    // The clock's type ends in 2262.
    if (fields != 6 || whole.size() != static_cast<std::size_t>(end) || utc.tm_year < 1970 ||
        utc.tm_year > 2261)
        return wrong();
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    const tls::Time time = std::chrono::system_clock::from_time_t(::timegm(&utc));
    // Reading it back refuses what no calendar has, 30 February for one, and every other spelling.
    if (format_time(time) != whole)
        return wrong();
    return time;
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

} // namespace rpctls::tlsctl
