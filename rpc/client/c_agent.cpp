// SPDX-License-Identifier: LGPL-2.1-or-later
// The handshakes of rpctls.h that the agent performs.
#include "rpctls/rpctls.h"

#include "rpc/client/agent_handshake.hpp"
#include "rpc/client/starttls_exchange.hpp"
#include "rpc/face/error.hpp"
#include "rpc/face/session.hpp"
#include "rpc/keys/identity.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

using namespace rpctls;
using namespace rpctls::face;
using client::AgentHandshakeRequest;

struct rpctls_agent_request {
    AgentHandshakeRequest handshake;
    std::string socket = client::agent_socket().string();
};

namespace {

bool is_client(const rpctls_agent_request &request) {
    return request.handshake.role == AgentHandshakeRequest::Role::client;
}

int shake_hands(int fd, const rpctls_agent_request &request, std::chrono::milliseconds time,
                bool after_starttls, rpctls_session **session) {
    AgentHandshakeRequest handshake = request.handshake;
    handshake.timeout = time;
    auto report = client::agent_handshake(fd, handshake, request.socket);
    if (report.failure) {
        // After STARTTLS the peer waits for a ClientHello: there is no way back into the clear.
        if (after_starttls)
            end_connection(fd);
        return failed(*report.failure, report.socket_ended || after_starttls);
    }
    *session =
        face::make_session(std::move(report.session.facts), report.session.channel_binding, true).release();
    return 0;
}

} // namespace

rpctls_agent_request *rpctls_agent_request_new(enum rpctls_role role) {
    rpctls_agent_request *request = nullptr;
    (void)guarded([&] {
        if (role != RPCTLS_ROLE_CLIENT && role != RPCTLS_ROLE_SERVER)
            return senseless("rpctls_agent_request_new needs the role of a client or of a server");
        auto made = std::make_unique<rpctls_agent_request>();
        if (role == RPCTLS_ROLE_SERVER) {
            made->handshake.role = AgentHandshakeRequest::Role::server;
            made->handshake.present = AgentHandshakeRequest::Present::configured;
        }
        request = made.release();
        return 0;
    });
    return request;
}

void rpctls_agent_request_free(rpctls_agent_request *request) {
    const std::unique_ptr<rpctls_agent_request> owner(request);
}

int rpctls_agent_request_set_server_name(rpctls_agent_request *request, const char *name) {
    return guarded([&] {
        if (request == nullptr || !is_client(*request) || name == nullptr || *name == '\0')
            return senseless("rpctls_agent_request_set_server_name needs a client's request and a name");
        request->handshake.server_name = name;
        return 0;
    });
}

int rpctls_agent_request_set_identity(rpctls_agent_request *request, const char *name) {
    return guarded([&] {
        if (request == nullptr || (name == nullptr && !is_client(*request)))
            return senseless(
                "rpctls_agent_request_set_identity needs a request and, unless it is a client's, a name");
        if (name != nullptr)
            if (const auto valid = keys::check_identity_name(name); !valid)
                return failed(valid.error());
        request->handshake.present =
            name != nullptr ? AgentHandshakeRequest::Present::named : AgentHandshakeRequest::Present::nothing;
        request->handshake.identity = name != nullptr ? name : "";
        return 0;
    });
}

int rpctls_agent_request_set_configured_identity(rpctls_agent_request *request) {
    return guarded([&] {
        if (request == nullptr)
            return senseless("rpctls_agent_request_set_configured_identity needs a request");
        request->handshake.present = AgentHandshakeRequest::Present::configured;
        request->handshake.identity.clear();
        return 0;
    });
}

int rpctls_agent_request_set_client_certificate_required(rpctls_agent_request *request, int required) {
    return guarded([&] {
        if (request == nullptr || is_client(*request))
            return senseless("rpctls_agent_request_set_client_certificate_required needs a server's request");
        request->handshake.require_client_certificate = required != 0;
        return 0;
    });
}

int rpctls_agent_request_set_protocol(rpctls_agent_request *request, const char *protocol) {
    return guarded([&] {
        const std::string_view name = protocol != nullptr ? protocol : "none";
        if (request == nullptr || name.empty() || name.size() > 255 ||
            !std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; }))
            return senseless("rpctls_agent_request_set_protocol needs a request and, unless NULL, printable "
                             "ASCII of 1 to 255 octets");
        auto &alpn = request->handshake.alpn;
        if (protocol == nullptr)
            alpn = tls::AlpnPolicy::none;
        else if (alpn == tls::AlpnPolicy::none)
            alpn = tls::AlpnPolicy::compatible;
        request->handshake.protocol = protocol != nullptr ? protocol : "sunrpc";
        return 0;
    });
}

int rpctls_agent_request_set_strict_alpn(rpctls_agent_request *request, int strict) {
    return guarded([&] {
        if (request == nullptr || (strict != 0 && request->handshake.alpn == tls::AlpnPolicy::none))
            return senseless("rpctls_agent_request_set_strict_alpn needs a request with a protocol");
        if (request->handshake.alpn != tls::AlpnPolicy::none)
            request->handshake.alpn = strict != 0 ? tls::AlpnPolicy::strict : tls::AlpnPolicy::compatible;
        return 0;
    });
}

int rpctls_agent_request_set_timeout(rpctls_agent_request *request, uint32_t milliseconds) {
    return guarded([&] {
        const std::chrono::milliseconds time(milliseconds);
        if (request == nullptr || milliseconds == 0 || time > client::longest_agent_handshake)
            return senseless("rpctls_agent_request_set_timeout needs a request and 1 to 60000 ms");
        request->handshake.timeout = time;
        return 0;
    });
}

int rpctls_agent_request_set_socket(rpctls_agent_request *request, const char *path) {
    return guarded([&] {
        if (request == nullptr || path == nullptr || *path == '\0')
            return senseless("rpctls_agent_request_set_socket needs a request and a path");
        request->socket = path;
        return 0;
    });
}

int rpctls_agent_handshake(int fd, const rpctls_agent_request *request, rpctls_session **session) {
    if (session != nullptr)
        *session = nullptr;
    return guarded(
        [&] {
            if (request == nullptr || session == nullptr ||
                (is_client(*request) && request->handshake.server_name.empty()))
                return senseless(
                    "rpctls_agent_handshake needs a request (a client's with the server's name) and "
                    "a place for the session");
            return shake_hands(fd, *request, request->handshake.timeout, false, session);
        },
        fd);
}

int rpctls_agent_starttls(int fd, uint32_t program, uint32_t version, const rpctls_agent_request *request,
                          rpctls_session **session) {
    if (session != nullptr)
        *session = nullptr;
    return guarded(
        [&] {
            if (request == nullptr || session == nullptr || !is_client(*request) ||
                request->handshake.server_name.empty())
                return senseless(
                    "rpctls_agent_starttls needs a client's request with the server's name and a "
                    "place for the session");
            const auto deadline = Deadline::after(request->handshake.timeout);
            const std::string &peer = request->handshake.server_name;
            const auto probe = client::ask_for_tls(fd, program, version, peer, deadline);
            if (!probe) {
                end_connection(fd);
                return failed(probe.error(), true);
            }
            if (auto offered = client::tls_offered(*probe, peer); !offered)
                return failed(offered.error());
            return shake_hands(fd, *request, std::max(deadline.left(), std::chrono::milliseconds(1)), true,
                               session);
        },
        fd);
}
