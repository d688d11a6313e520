// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The server of tally.x in C++, with the types and XDR routines that rpcgen(1) makes, for many clients at once.
//
// usage: tally-server-cxx PORT POLICY CERTIFICATE KEY CA         POLICY: opportunistic, tls, mtls
//
// Prints "port N" when it listens, and ends with SIGTERM when the calls under way are answered.
#include "tally.h"

#include <rpctls/parameters.hpp>
#include <rpctls/server.hpp>
#include <rpctls/xdr.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace rpctls;

namespace {

/// Handlers run in several threads.
std::atomic<int> total{0};

std::string describe(const rpctls_session *session) {
    if (session == nullptr)
        return "in clear";
    return std::string(rpctls_session_tls_version(session)) + ", " + rpctls_session_cipher(session) +
           ", records by the " + (rpctls_session_in_kernel(session) ? "kernel" : "library") + ", client \"" +
           (rpctls_session_peer_verified(session) ? rpctls_session_peer_subject(session) : "") + "\"";
}

void answer(Call &call, Result<std::vector<std::byte>> results) {
    if (results)
        call.reply(std::move(*results));
    else
        call.system_error();
}

void serve_tally(Call call) {
    switch (call.procedure()) {
    case TALLY_ADD: {
        int amount = 0;
        if (!decode(xdr_int, call.arguments(), amount))
            return call.garbage_arguments();
        return answer(call, encode(xdr_int, total += amount));
    }
    case TALLY_WHO: {
        std::string text = describe(call.session());
        return answer(call, encode(xdr_wrapstring, text.data()));
    }
    default:
        call.procedure_unavailable();
    }
}

int fail(const std::string &text) {
    std::fputs(text.c_str(), stderr);
    return 1;
}

Server *running = nullptr; ///< for the signal's handler

} // namespace

int main(int argc, char **argv) {
    if (argc != 6) {
        std::fputs("usage: tally-server-cxx PORT POLICY CERTIFICATE KEY CA\n", stderr);
        return 2;
    }
    const std::string policy = argv[2];
    const Parameters params = make_parameters();
    if (rpctls_params_set_policy(params.get(), policy == "opportunistic" ? RPCTLS_POLICY_OPPORTUNISTIC
                                               : policy == "tls"         ? RPCTLS_POLICY_TLS
                                                                         : RPCTLS_POLICY_MTLS) != 0 ||
        rpctls_params_set_identity_files(params.get(), argv[3], argv[4]) != 0 ||
        rpctls_params_set_truststore(params.get(), argv[5]) != 0)
        return fail(std::string("tally-server-cxx: ") + rpctls_error_message(rpctls_last_error()) + "\n");
    auto server = Server::listen("", static_cast<std::uint16_t>(std::atoi(argv[1])), params.get());
    if (!server)
        return fail(message("tally-server-cxx", server.error()));
    server->handle(TALLY_PROG, TALLY_VERS, serve_tally);
    if (auto started = server->start(); !started)
        return fail(message("tally-server-cxx", started.error()));
    running = &*server;
    std::signal(SIGTERM, [](int) { running->stop(); });
    std::printf("port %u\n", server->port());
    std::fflush(stdout);
    server->wait();
    return 0;
}
