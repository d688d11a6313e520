// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/engine/key_schedule.hpp"
#include "rpc/tls/gnutls_handles.hpp"

#include <ngtcp2/ngtcp2.h>

#include <array>

namespace rpctls::test {

using AeadHandle = tls::Owner<gnutls_aead_cipher_hd_t, gnutls_aead_cipher_deinit>;
using CipherHandle = tls::Owner<gnutls_cipher_hd_t, gnutls_cipher_deinit>;

/// What QUIC protects packets with under a traffic secret (RFC 9001 section 5), by the project's own key schedule. For
/// the AES ciphers.
struct PacketKeys {
    PacketKeys(tls::KtlsCipher cipher, const Secret &secret);
    AeadHandle aead;
    CipherHandle header;
    std::array<std::uint8_t, 12> iv{};
};

/// The secret of a client's or server's first packets, which anybody can know (RFC 9001 section 5.2).
Secret initial_secret(const ngtcp2_cid &first_destination, bool of_client);
/// After a key update of QUIC (RFC 9001 section 6.1).
Secret next_quic_secret(tls::KtlsCipher cipher, const Secret &secret);

/// Sets the callbacks that seal and open packets, and let go of the handles.
void fill_in_packet_protection(ngtcp2_callbacks &callbacks);

} // namespace rpctls::test
