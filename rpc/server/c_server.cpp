// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpctls/svc.h"

#include "rpc/base/text.hpp"
#include "rpc/face/error.hpp"
#include "rpc/face/material.hpp"
#include "rpc/server/listen.hpp"
#include "rpc/server/svc_connection.hpp"
#include "rpc/server/svc_server.hpp"

#include <fcntl.h>

#include <cstdio>

using namespace rpctls;
using namespace rpctls::face;
using server::SvcServer;

namespace {

server::TlsPolicy policy_of(enum rpctls_policy policy) {
    switch (policy) {
    case RPCTLS_POLICY_NONE:
        return server::TlsPolicy::none;
    case RPCTLS_POLICY_OPPORTUNISTIC:
        return server::TlsPolicy::opportunistic;
    case RPCTLS_POLICY_TLS:
        return server::TlsPolicy::required;
    case RPCTLS_POLICY_MTLS:
        break;
    }
    return server::TlsPolicy::mutual;
}

void write_to_standard_error(const std::string &line) {
    (void)std::fprintf(stderr, "rpctls: %s\n", line.c_str());
}

Result<server::SvcMaterial> load_material(const rpctls_params &params) {
    auto credentials = load_credentials(params);
    if (!credentials)
        return std::move(credentials).error();
    auto psks = load_psks(params);
    if (!psks)
        return std::move(psks).error();
    return server::SvcMaterial{std::move(*credentials), std::move(*psks),
                               params.policy == RPCTLS_POLICY_MTLS};
}

Result<std::shared_ptr<const server::SvcSnapshot>> load_all(const rpctls_params &params) {
    auto snapshot = std::make_shared<server::SvcSnapshot>();
    auto own = load_material(params);
    if (!own)
        return std::move(own).error();
    snapshot->own = std::move(*own);
    for (const auto &[label, choice] : params.choices) {
        auto material = load_material(*choice);
        if (!material)
            return std::move(material).error().with("choice", printable(label));
        snapshot->choices.insert_or_assign(label, std::move(*material));
    }
    return std::shared_ptr<const server::SvcSnapshot>(std::move(snapshot));
}

using Label = std::optional<std::string>;

server::SvcSelect selection_of(const rpctls_params &params) {
    const Serving &serving = params.serving;
    if (serving.select == nullptr)
        // The labels are the names; whoever asks for none of them gets what the server has for everybody.
        return [](const server::SvcSnapshot &snapshot, const Label &name) -> Result<Label> {
            return name && snapshot.choices.count(*name) != 0 ? name : Label();
        };
    return [select = serving.select, context = serving.select_context](const server::SvcSnapshot &,
                                                                       const Label &name) -> Result<Label> {
        const char *label = select(context, name ? name->c_str() : nullptr);
        if (label == nullptr)
            return Error{Stage::handshake, "server-name-refused", "the program refuses this name"}.with(
                "name", name ? printable(*name) : "none");
        return *label != '\0' ? Label(lower_case(label)) : Label();
    };
}

server::SvcSettings settings_of(const rpctls_params &params) {
    const Serving &serving = params.serving;
    server::SvcSettings settings;
    settings.policy = policy_of(params.policy);
    settings.load = [params] { return load_all(params); };
    settings.select = selection_of(params);
    settings.alpn = params.strict_alpn ? tls::AlpnPolicy::strict : tls::AlpnPolicy::compatible;
    settings.ktls = params.ktls;
    settings.limits = {.connections = serving.connections,
                       .connections_per_peer = serving.connections_per_peer,
                       .unfinished_handshakes_per_peer = serving.unfinished_handshakes_per_peer,
                       .largest_record = serving.largest_record,
                       .handshake = serving.handshake,
                       .idle = serving.idle,
                       .stall = serving.stall,
                       .drain = serving.drain};
    settings.log = write_to_standard_error;
    if (serving.log != nullptr)
        settings.log = [log = serving.log, context = serving.log_context](const std::string &line) {
            log(context, line.c_str());
        };
    return settings;
}

int open_server(Fd listener, const rpctls_params *params, SVCXPRT **transport) {
    auto opened =
        SvcServer::open(std::move(listener), settings_of(params != nullptr ? *params : rpctls_params()));
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

const rpctls_session *svc_tls_session(const SVCXPRT *transport) {
    const auto *connection = server::SvcConnection::of(transport);
    return connection != nullptr ? connection->session() : nullptr;
}
