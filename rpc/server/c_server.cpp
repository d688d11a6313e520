// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpctls/svc.h"

#include "rpc/face/error.hpp"
#include "rpc/face/params.hpp"
#include "rpc/server/listen.hpp"
#include "rpc/server/settings_of.hpp"
#include "rpc/server/svc_connection.hpp"
#include "rpc/server/svc_server.hpp"

#include <fcntl.h>

using namespace rpctls;
using namespace rpctls::face;
using server::SvcServer;

namespace {

int open_server(Fd listener, const rpctls_params *params, SVCXPRT **transport) {
    auto opened = SvcServer::open(std::move(listener),
                                  server::settings_of(params != nullptr ? *params : rpctls_params()));
    if (!opened)
        return failed(opened.error());
    *transport = (*opened)->transport();
    return 0;
}

} // namespace

SVCXPRT *svc_tls_create(const char *address, uint16_t port, const rpctls_params *params) {
    SVCXPRT *transport = nullptr;
    (void)guarded([&] {
        auto listener = server::listen_on(address != nullptr ? address : "", port);
        return listener ? open_server(std::move(*listener), params, &transport) : failed(listener.error());
    });
    return transport;
}

SVCXPRT *svc_tls_create_fd(int fd, const rpctls_params *params) {
    SVCXPRT *transport = nullptr;
    (void)guarded([&] {
        // A second descriptor, so that a failure leaves the caller's as it is.
        Fd listener(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
        if (!listener.is_open())
            return senseless("svc_tls_create_fd needs a listening socket");
        if (open_server(std::move(listener), params, &transport) != 0)
            return -1;
        Fd(fd).reset();
        return 0;
    });
    return transport;
}

uint16_t svc_tls_port(const SVCXPRT *listener) {
    return SvcServer::of(listener) != nullptr ? listener->xp_port : 0;
}

int svc_tls_run(SVCXPRT *listener) {
    return guarded([&] {
        SvcServer *server = SvcServer::of(listener);
        if (server == nullptr)
            return senseless("svc_tls_run needs a transport of svc_tls_create");
        const auto ran = server->run();
        return ran ? 0 : failed(ran.error());
    });
}

void svc_tls_stop(SVCXPRT *listener) {
    if (SvcServer *server = SvcServer::of(listener))
        server->stop();
}

int svc_tls_reload(SVCXPRT *listener) {
    return guarded([&] {
        SvcServer *server = SvcServer::of(listener);
        if (server == nullptr)
            return senseless("svc_tls_reload needs a transport of svc_tls_create");
        const auto reloaded = server->reload();
        return reloaded ? 0 : failed(reloaded.error());
    });
}

int svc_tls_sendreply_file(SVCXPRT *transport, xdrproc_t head, void *head_value, int fd, uint64_t offset,
                           uint32_t size, xdrproc_t tail, void *tail_value) {
    return guarded([&] {
        auto *connection = server::SvcConnection::of(transport);
        if (connection == nullptr)
            return senseless("svc_tls_sendreply_file needs the transport of a call");
        // A second descriptor, since a slow client's reply outlives the dispatch function.
        const auto file = SharedFile::own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
        if (!file)
            return failed(file.error());
        const auto range = file->range(offset, size);
        if (!range)
            return failed(range.error());
        server::ResultsWithFile results({head, head_value}, *range, {tail, tail_value});
        const auto sent = connection->reply_with(results);
        return sent ? 0 : failed(sent.error());
    });
}

int svc_tls_update_keys(const SVCXPRT *transport, int peer_too) {
    return guarded([&] {
        auto *connection = server::SvcConnection::of(transport);
        if (connection == nullptr)
            return senseless("svc_tls_update_keys needs the transport of a call");
        const auto updated = connection->update_keys(peer_too != 0);
        return updated ? 0 : failed(updated.error());
    });
}

const rpctls_session *svc_tls_session(const SVCXPRT *transport) {
    const auto *connection = server::SvcConnection::of(transport);
    return connection != nullptr ? connection->session() : nullptr;
}
