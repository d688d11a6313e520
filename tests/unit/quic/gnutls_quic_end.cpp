// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/quic/gnutls_quic_end.hpp"

#include "rpc/base/text.hpp"

#include <boost/test/unit_test.hpp>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

namespace rpctls::test {

using namespace tls;

GnutlsQuicEnd::GnutlsQuicEnd(bool is_client, const Options &options)
    : QuicEnd(is_client), server_name_(options.server_name),
      credentials_(tls::make<CertificateCredentials>(gnutls_certificate_allocate_credentials)),
      session_(tls::make<SessionHandle>(gnutls_init,
                                        is_client ? unsigned{GNUTLS_CLIENT} : unsigned{GNUTLS_SERVER})) {
    gnutls_session_t session = session_.get();
    if (options.own != nullptr) {
        const gnutls_datum_t certificate = borrow(as_bytes(options.own->certificate));
        const gnutls_datum_t key = borrow(as_bytes(options.own->key));
        BOOST_TEST_REQUIRE(gnutls_certificate_set_x509_key_mem(credentials_.get(), &certificate, &key,
                                                               GNUTLS_X509_FMT_PEM) >= 0);
    }
    const std::string priority =
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:-GROUP-ALL:" + options.groups +
        ":%DISABLE_TLS13_COMPAT_MODE";
    BOOST_TEST_REQUIRE(gnutls_priority_set_direct(session, priority.c_str(), nullptr) == 0);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_.get());
    const gnutls_datum_t protocol = borrow(as_bytes("sunrpc"));
    gnutls_alpn_set_protocols(session, &protocol, 1, GNUTLS_ALPN_MANDATORY);
    if (options.root != nullptr) {
        const gnutls_datum_t root = borrow(as_bytes(options.root->certificate));
        BOOST_TEST_REQUIRE(
            gnutls_certificate_set_x509_trust_mem(credentials_.get(), &root, GNUTLS_X509_FMT_PEM) == 1);
        gnutls_session_set_verify_cert(session, is_client ? server_name_.c_str() : nullptr, 0);
    }
    if (options.require_certificate)
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    if (is_client)
        gnutls_server_name_set(session, GNUTLS_NAME_DNS, options.server_name.data(),
                               options.server_name.size());
    const int code = is_client ? ngtcp2_crypto_gnutls_configure_client_session(session)
                               : ngtcp2_crypto_gnutls_configure_server_session(session);
    BOOST_TEST_REQUIRE(code == 0);
    reference_.user_data = static_cast<QuicEnd *>(this);
    reference_.get_conn = [](ngtcp2_crypto_conn_ref *reference) {
        return static_cast<GnutlsQuicEnd *>(static_cast<QuicEnd *>(reference->user_data))->conn_;
    };
    gnutls_session_set_ptr(session, &reference_);
    if (is_client)
        open_client();
}

unsigned GnutlsQuicEnd::peers_certificates() const {
    unsigned count = 0;
    return gnutls_certificate_get_peers(session_.get(), &count) == nullptr ? 0 : count;
}

void GnutlsQuicEnd::prepare() {
    ngtcp2_conn_set_tls_native_handle(conn_, session_.get());
}

void GnutlsQuicEnd::fill_in(ngtcp2_callbacks &callbacks) {
    callbacks.client_initial = ngtcp2_crypto_client_initial_cb;
    callbacks.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
    callbacks.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
    callbacks.encrypt = ngtcp2_crypto_encrypt_cb;
    callbacks.decrypt = ngtcp2_crypto_decrypt_cb;
    callbacks.hp_mask = ngtcp2_crypto_hp_mask_cb;
    callbacks.recv_retry = ngtcp2_crypto_recv_retry_cb;
    callbacks.update_key = ngtcp2_crypto_update_key_cb;
    callbacks.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    callbacks.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    callbacks.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
}

} // namespace rpctls::test
