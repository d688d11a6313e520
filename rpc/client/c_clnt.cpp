// SPDX-License-Identifier: LGPL-2.1-or-later
// The CLIENT handles of rpctls/clnt.h.
#include "rpctls/clnt.h"

#include "rpc/base/text.hpp"
#include "rpc/client/clnt_connect.hpp"
#include "rpc/client/clnt_handle.hpp"
#include "rpc/client/clnt_target.hpp"
#include "rpc/face/error.hpp"
#include "rpc/face/material.hpp"

#include <cerrno>
#include <cstring>

using namespace rpctls;
using namespace rpctls::face;
using client::ClntHandle;
using client::ClntTarget;
using client::target_of;

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
        const auto found = client::ask_rpcbind(*target);
        if (!found)
            return failed(found.error()); // rpc_createerr is rpcbind's own
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
