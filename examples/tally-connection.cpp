// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A client of tally.x in C++, with rpcgen's types and XDR routines and calls that run beside each other.
//
// usage: tally-connection PORT AMOUNT SERVER-NAME CA [CERTIFICATE KEY]
//
// Calls 127.0.0.1; prints the sum, and what the server knows of this client.
#include "tally.h"

#include <rpctls/connection.hpp>
#include <rpctls/xdr.hpp>

#include <cstdio>
#include <cstdlib>

using namespace rpctls;

namespace {

int fail(const Error &error) {
    std::fputs(message("tally-connection", error).c_str(), stderr);
    return 1;
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 5 && argc != 7) {
        std::fputs("usage: tally-connection PORT AMOUNT SERVER-NAME CA [CERTIFICATE KEY]\n", stderr);
        return 2;
    }
    const auto params = make_parameters();
    if (rpctls_params_set_port(params.get(), static_cast<std::uint16_t>(std::atoi(argv[1]))) != 0 ||
        rpctls_params_set_server_name(params.get(), argv[3]) != 0 ||
        rpctls_params_set_truststore(params.get(), argv[4]) != 0 ||
        (argc == 7 && rpctls_params_set_identity_files(params.get(), argv[5], argv[6]) != 0)) {
        std::fprintf(stderr, "tally-connection: %s\n", rpctls_error_message(rpctls_last_error()));
        return 1;
    }
    auto connection = Connection::open("127.0.0.1", TALLY_PROG, TALLY_VERS, *params);
    if (!connection)
        return fail(connection.error());

    const auto amount = encode(xdr_int, std::atoi(argv[2]));
    if (!amount)
        return fail(amount.error());
    // Both are on their way before either has come back; the octets of `amount` are lent until then.
    auto adding = (*connection)->call(CallRequest{.procedure = TALLY_ADD, .arguments = {*amount}});
    auto asking = (*connection)->call(CallRequest{.procedure = TALLY_WHO});

    const auto added = adding.get();
    if (!added)
        return fail(added.error());
    const auto asked = asking.get();
    if (!asked)
        return fail(asked.error());
    int sum = 0;
    char *who = nullptr;
    if (auto decoded = decode(xdr_int, added->results(), sum); !decoded)
        return fail(decoded.error());
    if (auto decoded = decode(xdr_wrapstring, asked->results(), who); !decoded)
        return fail(decoded.error());
    std::printf("%d, %s\n", sum, who);
    release(xdr_wrapstring, who);
    return 0;
}
