// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/psk_handshake.hpp"

namespace rpctls::agent {

Result<tls::Session> make_psk_session(const kernel::HandshakeRequest &request, const Plan &plan,
                                      std::shared_ptr<const Snapshot> snapshot, tls::Transport &transport,
                                      std::shared_ptr<keys::Serial> used) {
    const auto policy = snapshot->psk_policy();
    if (plan.role == Role::client) {
        auto found = snapshot->keys().psk(request.keyring, request.peer_identities);
        if (!found)
            return std::move(found).error();
        *used = found->serial;
        return tls::Session::psk_client({policy, std::move(found->key), plan.server_name}, transport);
    }
    auto find = [snapshot, used,
                 keyring = request.keyring](std::string_view identity) -> Result<tls::PresharedKey> {
        auto found = snapshot->keys().psk_named(keyring, identity);
        if (!found)
            return std::move(found).error();
        *used = found->serial;
        return std::move(found->key);
    };
    return tls::Session::psk_server({policy, std::move(find)}, transport);
}

} // namespace rpctls::agent
