// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions of rpctls/tls_hs.h.
#include "rpctls/tls_hs.h"

#include "rpc/client/ready.hpp"
#include "rpc/client/tls_hs.hpp"
#include "rpc/face/error.hpp"
#include "rpc/face/params.hpp"
#include "rpc/face/session.hpp"

using namespace rpctls;
using namespace rpctls::face;
using client::TlsHsRequest;

struct rpctls_stream {
    tls::Channel channel;
};

namespace {

TlsHsRequest request_of(enum rpctls_role role, const char *server_name, const rpctls_params &params) {
    TlsHsRequest request;
    request.is_client = role == RPCTLS_ROLE_CLIENT;
    request.server_name = server_name != nullptr ? server_name : "";
    request.require_client_certificate = params.policy == RPCTLS_POLICY_MTLS;
    request.pins = params.server_pins;
    request.alpn = params.strict_alpn ? tls::AlpnPolicy::strict : tls::AlpnPolicy::compatible;
    request.ktls = params.ktls;
    request.truststore = params.truststore;
    request.crl = params.crl;
    return request;
}

/// What `step` gives, which is asked again whenever the socket is ready; -1 at the deadline.
template <class Step>
int64_t wait_for(rpctls_stream &stream, uint32_t milliseconds, short events, Step step) {
    const auto deadline = Deadline::after(std::chrono::milliseconds(milliseconds));
    for (;;) {
        const auto count = step();
        if (!count)
            return failed(count.error());
        if (*count)
            return static_cast<int64_t>(**count);
        if (!client::wait_ready(stream.channel.fd(), events, deadline))
            return failed(Error{Stage::rpc, "timeout", "the peer of the TLS session is silent"}.with(
                "waited", std::to_string(milliseconds) + " ms"));
    }
}

} // namespace

rpctls_stream *rpctls_tls_hs(int fd, int32_t keyring, enum rpctls_role role, const char *server_name,
                             const rpctls_params *params, rpctls_session **session) {
    if (session != nullptr)
        *session = nullptr;
    rpctls_stream *stream = nullptr;
    (void)guarded(
        [&] {
            if (fd < 0 || keyring == 0 || (role != RPCTLS_ROLE_CLIENT && role != RPCTLS_ROLE_SERVER))
                return senseless(
                    "rpctls_tls_hs needs a socket, a keyring and the role of a client or of a server");
            const rpctls_params defaults;
            const rpctls_params &given = params != nullptr ? *params : defaults;
            bool has_begun = false;
            auto channel = client::tls_hs(fd, keyring, request_of(role, server_name, given),
                                          Deadline::after(given.timeout), has_begun);
            if (!channel) {
                if (has_begun)
                    end_connection(fd);
                return failed(channel.error(), has_begun);
            }
            auto facts = session == nullptr ? nullptr
                                            : make_session(channel->facts(), channel->channel_binding(),
                                                           channel->protected_by_kernel());
            stream = std::make_unique<rpctls_stream>(rpctls_stream{std::move(*channel)}).release();
            if (session != nullptr)
                *session = facts.release();
            return 0;
        },
        fd);
    return stream;
}

int64_t rpctls_stream_receive(rpctls_stream *stream, void *octets, size_t size, uint32_t milliseconds) {
    int64_t received = -1;
    (void)guarded([&] {
        if (stream == nullptr || octets == nullptr || size == 0)
            return senseless("rpctls_stream_receive needs a stream and room");
        const std::span room(static_cast<std::byte *>(octets), size);
        received = wait_for(*stream, milliseconds, POLLIN, [&] { return stream->channel.receive(room); });
        return received < 0 ? -1 : 0;
    });
    return received;
}

int64_t rpctls_stream_send(rpctls_stream *stream, const void *octets, size_t size, uint32_t milliseconds) {
    int64_t sent = -1;
    (void)guarded([&] {
        if (stream == nullptr || octets == nullptr || size == 0)
            return senseless("rpctls_stream_send needs a stream and octets");
        const std::span data(static_cast<const std::byte *>(octets), size);
        sent = wait_for(*stream, milliseconds, POLLOUT, [&] { return stream->channel.send(data); });
        return sent < 0 ? -1 : 0;
    });
    return sent;
}

size_t rpctls_stream_pending(const rpctls_stream *stream) {
    return stream != nullptr ? stream->channel.pending() : 0;
}

void rpctls_stream_close(rpctls_stream *stream) {
    if (stream != nullptr)
        stream->channel.close();
}

void rpctls_stream_free(rpctls_stream *stream) {
    const std::unique_ptr<rpctls_stream> owner(stream);
}
