// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/clnt_target.hpp"

#include "rpc/base/text.hpp"

#include <netinet/in.h>
#include <rpc/rpc.h>
#include <rpc/rpcb_clnt.h>

#include <cerrno>
#include <type_traits>

namespace rpctls::client {

namespace {

ClntPolicy policy_of(const rpctls_params &params) {
    switch (params.policy) {
    case RPCTLS_POLICY_NONE:
        return ClntPolicy::none;
    case RPCTLS_POLICY_OPPORTUNISTIC:
        return ClntPolicy::opportunistic;
    case RPCTLS_POLICY_MTLS:
        return ClntPolicy::mtls;
    case RPCTLS_POLICY_TLS:
        break;
    }
    return ClntPolicy::tls;
}

/// A client that has a key means the server that has it, too: nothing else is offered (RFC 9289 5.2.2).
Result<ClntTarget> with_key(ClntTarget target, const rpctls_params &params) {
    if (params.psks.size() > 1)
        return Error{Stage::input, "psk-ambiguous", "a client offers one pre-shared key"}
            .with("seen", std::to_string(params.psks.size()))
            .with_errno(EINVAL)
            .advise("add the one that this server has");
    if (!params.server_pins.empty())
        return Error{Stage::input, "pin-without-certificate",
                     "pins are of certificates, and a session with a pre-shared key has none"}
            .with_errno(EINVAL)
            .advise("leave out the pins or the key");
    auto psks = face::load_psks(params);
    if (!psks)
        return std::move(psks).error();
    target.psk = std::move(*psks);
    return target;
}

/// The files and pins that a server is judged by. Its chain is judged by what is in them anew all the same.
std::string scope_of(const rpctls_params &params) {
    std::string scope;
    const auto add = [&](const std::string &text) { scope += std::to_string(text.size()) + ":" + text; };
    add(params.truststore.value_or(""));
    add(params.crl.value_or(""));
    for (const std::string &pin : params.server_pins)
        add(pin);
    return scope;
}

} // namespace

Result<ClntTarget> target_of(const char *host, std::uint32_t program, std::uint32_t version,
                             const rpctls_params &params) {
    ClntTarget target;
    target.host = host;
    target.program = program;
    target.version = version;
    target.policy = policy_of(params);
    target.present_identity = params.identity.has_value();
    target.server_name = params.server_name;
    target.pins = params.server_pins;
    target.alpn = params.strict_alpn ? tls::AlpnPolicy::strict : tls::AlpnPolicy::compatible;
    target.ktls = params.ktls;
    target.tickets = params.tickets;
    target.ticket_scope = scope_of(params);
    target.timeout = params.timeout;
    if (target.policy == ClntPolicy::none)
        return target;
    if (!params.psks.empty())
        return with_key(std::move(target), params);
    if (target.policy == ClntPolicy::mtls && !target.present_identity)
        return Error{Stage::input, "identity-missing", "mutual TLS needs a certificate and its key"}
            .with_errno(EINVAL)
            .advise("name them with rpctls_params_set_identity_files()");
    auto credentials = face::load_credentials(params);
    if (!credentials)
        return std::move(credentials).error();
    target.credentials = std::move(*credentials);
    return target;
}

Result<std::uint16_t> ask_rpcbind(const ClntTarget &target) {
    std::remove_reference_t<decltype(get_rpc_createerr())> why{};
    why.cf_stat = RPC_UNKNOWNHOST;
    for (const char *netid : {"tcp", "tcp6"}) {
        const std::unique_ptr<netconfig, decltype(&::freenetconfigent)> network(::getnetconfigent(netid),
                                                                                &::freenetconfigent);
        sockaddr_storage address{};
        netbuf buffer{sizeof address, 0, &address};
        if (!network ||
            !::rpcb_getaddr(target.program, target.version, network.get(), &buffer, target.host.c_str())) {
            // A host without an address of one kind has said nothing by that.
            if (network && why.cf_stat == RPC_UNKNOWNHOST)
                why = get_rpc_createerr();
            continue;
        }
        const std::uint16_t port =
            ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6 &>(address).sin6_port
                                                : reinterpret_cast<sockaddr_in &>(address).sin_port);
        if (port != 0)
            return port;
    }
    get_rpc_createerr() = why;
    return Error{Stage::resolve, "program-not-registered",
                 "rpcbind of " + printable(target.host) + " does not tell where the program is"}
        .with("program", std::to_string(target.program))
        .with("version", std::to_string(target.version))
        .with("rpcbind", printable(::clnt_spcreateerror("")))
        .advise("start the program there, or give its port");
}

} // namespace rpctls::client
