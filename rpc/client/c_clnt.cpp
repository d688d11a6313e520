// SPDX-License-Identifier: LGPL-2.1-or-later
// The CLIENT handles of rpctls/clnt.h.
#include "rpctls/clnt.h"

#include "rpc/base/text.hpp"
#include "rpc/client/clnt_connect.hpp"
#include "rpc/client/clnt_handle.hpp"
#include "rpc/face/error.hpp"
#include "rpc/face/material.hpp"

#include <netinet/in.h>
#include <rpc/rpcb_clnt.h>

#include <cerrno>
#include <cstring>
#include <type_traits>

using namespace rpctls;
using namespace rpctls::face;
using client::ClntHandle;
using client::ClntPolicy;
using client::ClntTarget;

namespace {

void set_createerr(clnt_stat status, int number = 0) {
    auto &created = get_rpc_createerr();
    std::memset(&created, 0, sizeof created);
    created.cf_stat = status;
    created.cf_error.re_status = status;
    if (status == RPC_AUTHERROR)
        created.cf_error.re_why = AUTH_FAILED;
    else
        created.cf_error.re_errno = number;
}

/// A failed handshake is what a rejected credential would be: not a lost connection (R-4.1-17).
clnt_stat status_of(const Error &error) {
    switch (error.stage) {
    case Stage::resolve:
        return RPC_UNKNOWNHOST;
    case Stage::probe:
        if (error.name == "probe-timeout")
            return RPC_TIMEDOUT;
        return error.name == "probe-closed" || error.name == "probe-malformed" ? RPC_CANTRECV : RPC_AUTHERROR;
    case Stage::handshake:
    case Stage::verify:
        return RPC_AUTHERROR;
    default:
        return RPC_SYSTEMERROR;
    }
}

int refuse(const Error &error, bool connection_ended = false) {
    set_createerr(status_of(error), error.system_errno != 0 ? error.system_errno : EINVAL);
    return failed(error, connection_ended);
}

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
    auto psks = load_psks(params);
    if (!psks)
        return std::move(psks).error();
    target.psk = std::move(*psks);
    return target;
}

Result<ClntTarget> target_of(const char *host, rpcprog_t program, rpcvers_t version,
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
    target.timeout = params.timeout;
    if (target.policy == ClntPolicy::none)
        return target;
    if (!params.psks.empty())
        return with_key(std::move(target), params);
    if (target.policy == ClntPolicy::mtls && !target.present_identity)
        return Error{Stage::input, "identity-missing", "mutual TLS needs a certificate and its key"}
            .with_errno(EINVAL)
            .advise("name them with rpctls_params_set_identity_files()");
    auto credentials = load_credentials(params);
    if (!credentials)
        return std::move(credentials).error();
    target.credentials = std::move(*credentials);
    return target;
}

/// Where rpcbind says that the program is, asked in clear; absent: rpc_createerr tells why.
std::optional<std::uint16_t> ask_rpcbind(const char *host, rpcprog_t program, rpcvers_t version) {
    std::remove_reference_t<decltype(get_rpc_createerr())> why{};
    why.cf_stat = RPC_UNKNOWNHOST;
    for (const char *netid : {"tcp", "tcp6"}) {
        const std::unique_ptr<netconfig, decltype(&::freenetconfigent)> network(::getnetconfigent(netid),
                                                                                &::freenetconfigent);
        sockaddr_storage address{};
        netbuf buffer{sizeof address, 0, &address};
        if (!network || !::rpcb_getaddr(program, version, network.get(), &buffer, host)) {
            // A host without an address of one kind has said nothing by that.
            if (network && why.cf_stat == RPC_UNKNOWNHOST)
                why = get_rpc_createerr();
            continue;
        }
        return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6 &>(address).sin6_port
                                                   : reinterpret_cast<sockaddr_in &>(address).sin_port);
    }
    get_rpc_createerr() = why;
    return std::nullopt;
}

int give(Result<client::ClntStream> stream, const ClntTarget &target, CLIENT **client, bool ended = false) {
    if (!stream)
        return refuse(stream.error(), ended);
    *client = std::make_unique<ClntHandle>(std::move(*stream), target.program, target.version, target.timeout)
                  .release()
                  ->client();
    return 0;
}

int create(const char *host, rpcprog_t program, rpcvers_t version, const rpctls_params &params,
           CLIENT **client) {
    if (!params.port)
        return refuse(
            Error{Stage::input, "port-missing", "clnt_tls_create needs to know a port"}
                .with_errno(EINVAL)
                .advise("rpctls_params_set_port(): the program's own, or 0 to ask rpcbind in clear"));
    auto target = target_of(host, program, version, params);
    if (!target)
        return refuse(target.error());
    std::uint16_t port = *params.port;
    if (port == 0) {
        const auto found = ask_rpcbind(host, program, version);
        if (!found || *found == 0)
            return failed(Error{Stage::resolve, "program-not-registered",
                                "rpcbind of " + printable(host) + " does not tell where the program is"}
                              .with("program", std::to_string(program))
                              .with("version", std::to_string(version))
                              .with("rpcbind", printable(::clnt_spcreateerror("")))
                              .advise("start the program there, or give its port"));
        port = *found;
    }
    return give(client::connect_clnt(*target, port), *target, client);
}

int create_on(int fd, const char *host, rpcprog_t program, rpcvers_t version, const rpctls_params &params,
              CLIENT **client) {
    auto target = target_of(host, program, version, params);
    if (!target)
        return refuse(target.error());
    bool ended = false;
    auto stream = client::protect_clnt(Fd(fd), true, *target, printable(host),
                                       Deadline::after(target->timeout), &ended);
    return give(std::move(stream), *target, client, ended);
}

bool is_host(const char *host) {
    return host != nullptr && *host != '\0';
}

} // namespace

CLIENT *clnt_tls_create(const char *host, rpcprog_t program, rpcvers_t version, const rpctls_params *params) {
    CLIENT *client = nullptr;
    set_createerr(RPC_SYSTEMERROR, ENOMEM); // unless something else comes of it
    (void)guarded([&] {
        if (!is_host(host) || params == nullptr) {
            set_createerr(RPC_SYSTEMERROR, EINVAL);
            return senseless("clnt_tls_create needs a host and parameters");
        }
        return create(host, program, version, *params, &client);
    });
    if (client != nullptr)
        set_createerr(RPC_SUCCESS);
    return client;
}

CLIENT *clnt_tls_create_fd(int fd, const char *host, rpcprog_t program, rpcvers_t version,
                           const rpctls_params *params) {
    CLIENT *client = nullptr;
    set_createerr(RPC_SYSTEMERROR, ENOMEM);
    (void)guarded(
        [&] {
            if (fd < 0 || !is_host(host)) {
                set_createerr(RPC_SYSTEMERROR, EINVAL);
                return senseless("clnt_tls_create_fd needs a descriptor and the name of the server");
            }
            return create_on(fd, host, program, version, params != nullptr ? *params : rpctls_params(),
                             &client);
        },
        fd);
    if (client != nullptr)
        set_createerr(RPC_SUCCESS);
    return client;
}

int rpctls_clnt_update_keys(CLIENT *client, int peer_too) {
    return guarded([&] {
        ClntHandle *handle = ClntHandle::of(client);
        if (handle == nullptr)
            return senseless("rpctls_clnt_update_keys needs a handle of clnt_tls_create");
        const auto updated = handle->update_keys(peer_too != 0);
        return updated ? 0 : failed(updated.error());
    });
}

const rpctls_session *rpctls_clnt_session(const CLIENT *client) {
    const ClntHandle *handle = ClntHandle::of(client);
    return handle != nullptr ? handle->session() : nullptr;
}
