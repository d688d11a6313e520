// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/tls_hs.hpp"

#include "rpc/base/text.hpp"
#include "rpc/client/complete_handshake.hpp"
#include "rpc/tls/tls_hs_material.hpp"

namespace rpctls::client {

namespace {

using tls::Session;
using tls::TlsHsMaterial;

Result<Session> open_psk(TlsHsMaterial material, TlsHsRequest request, tls::Transport &transport) {
    if (request.is_client) // the one with the lowest number
        return Session::psk_client(
            {tls::PskPolicy::load(), std::move(material.psks.front()), std::move(request.server_name)},
            transport);
    auto keys = std::make_shared<const std::vector<tls::PresharedKey>>(std::move(material.psks));
    const auto find = [keys = std::move(keys)](std::string_view identity) -> Result<tls::PresharedKey> {
        for (const tls::PresharedKey &key : *keys)
            if (key.identity == identity)
                return tls::PresharedKey{key.identity, key.secret.duplicate(), key.hash};
        return Error{Stage::handshake, "psk-identity-unknown",
                     "the client has a key that is not on the keyring"}
            .with("identity", printable(identity))
            .advise("add it as psk-N-id and psk-N-master, or have the client use one that is there");
    };
    return Session::psk_server({tls::PskPolicy::load(), find}, transport);
}

Result<Session> open(TlsHsMaterial material, TlsHsRequest request, tls::Transport &transport) {
    if (!material.psks.empty())
        return open_psk(std::move(material), std::move(request), transport);
    if (!request.is_client && !material.identity)
        return Error{Stage::keyring, "tls-hs-incomplete",
                     "the keyring has nothing for a server to prove itself with"}
            .with("key", "crt-0")
            .advise("add crt-0 and pkey, as keys of type user");
    tls::CredentialSources sources;
    const bool has_identity = material.identity.has_value();
    if (has_identity)
        sources.identity = std::move(*material.identity);
    sources.anchors = std::move(material.anchors);
    sources.truststore = std::move(request.truststore);
    sources.crl = std::move(request.crl);
    auto credentials = tls::Credentials::load(std::move(sources));
    if (!credentials)
        return std::move(credentials).error();
    if (!request.is_client)
        return Session::server({.credentials = std::move(*credentials),
                                .client_certificate = request.require_client_certificate
                                                          ? tls::ClientCertificate::required
                                                          : tls::ClientCertificate::verified_if_given,
                                .alpn = request.alpn},
                               transport);
    return Session::client({.credentials = std::move(*credentials),
                            .server_name = std::move(request.server_name),
                            .present_identity = has_identity,
                            .pins = std::move(request.pins),
                            .alpn = request.alpn},
                           transport);
}

} // namespace

Result<tls::Channel> tls_hs(int fd, keys::Serial keyring, TlsHsRequest request, Deadline deadline,
                            bool &has_begun) {
    has_begun = false;
    auto keys = keys::read_tls_hs_keyring(keyring);
    if (!keys)
        return std::move(keys).error().with("keyring", std::to_string(keyring));
    auto material = tls::assemble_tls_hs(std::move(*keys));
    if (!material)
        return std::move(material).error().with("keyring", std::to_string(keyring));
    auto socket = std::make_unique<tls::ChannelSocket>(Fd(fd));
    socket->keep_open(true);
    const tls::KtlsUse ktls = request.ktls;
    const std::string peer = request.is_client ? request.server_name : "the client";
    auto session = open(std::move(*material), std::move(request), *socket);
    if (!session)
        return std::move(session).error();
    has_begun = true;
    if (auto done = run_handshake(*session, fd, peer, deadline); !done)
        return std::move(done).error();
    return tls::Channel::adopt(std::move(socket), std::move(*session), ktls);
}

} // namespace rpctls::client
