// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/gnutls_handles.hpp"
#include "tests/unit/quic/quic_end.hpp"
#include "tests/unit/tls/test_pki.hpp"

#include <ngtcp2/ngtcp2_crypto.h>

namespace rpctls::test {

/// QUIC as ngtcp2 does it with its own glue to GnuTLS: nothing of this project takes part in its handshake.
class GnutlsQuicEnd final : public QuicEnd {
public:
    struct Options {
        const Certified *own = nullptr;  ///< shown when asked
        const Certified *root = nullptr; ///< a client's trust
        std::string groups = "+GROUP-X25519";
        std::string server_name = "nfs1.example";
        bool require_certificate = false; ///< of a client
    };
    GnutlsQuicEnd(bool is_client, const Options &options);
    unsigned peers_certificates() const;

private:
    void prepare() override;
    void fill_in(ngtcp2_callbacks &callbacks) override;

    std::string server_name_; ///< GnuTLS keeps no copy
    tls::CertificateCredentials credentials_;
    tls::SessionHandle session_;
    ngtcp2_crypto_conn_ref reference_{};
};

} // namespace rpctls::test
