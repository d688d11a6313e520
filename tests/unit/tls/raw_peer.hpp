// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/text.hpp"
#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/transport.hpp"
#include "tests/unit/tls/test_pki.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <string>
#include <vector>

namespace rpctls::test {

/// A TLS peer made of bare GnuTLS: able to do what a Session never would.
class RawPeer {
public:
    struct Options {
        bool is_client = false;
        std::string priority = "NORMAL";
        std::vector<std::string> alpn{};
        const Certified *own = nullptr;
        std::size_t largest_record = 0; ///< that it takes (RFC 8449); 0: any
    };

    RawPeer(tls::Transport &transport, const Options &options)
        : transport_(transport),
          credentials_(tls::make<tls::CertificateCredentials>(gnutls_certificate_allocate_credentials)),
          session_(tls::make<tls::SessionHandle>(
              gnutls_init, (options.is_client ? GNUTLS_CLIENT : GNUTLS_SERVER) | unsigned{GNUTLS_NONBLOCK})) {
        if (options.own != nullptr) {
            const gnutls_datum_t certificate = tls::borrow(as_bytes(options.own->certificate));
            const gnutls_datum_t key = tls::borrow(as_bytes(options.own->key));
            BOOST_TEST_REQUIRE(gnutls_certificate_set_x509_key_mem(credentials_.get(), &certificate, &key,
                                                                   GNUTLS_X509_FMT_PEM) >= 0);
        }
        const char *rejected = nullptr;
        BOOST_TEST_REQUIRE(
            gnutls_priority_set_direct(session_.get(), options.priority.c_str(), &rejected) == 0, rejected);
        gnutls_credentials_set(session_.get(), GNUTLS_CRD_CERTIFICATE, credentials_.get());
        if (options.largest_record != 0)
            BOOST_TEST_REQUIRE(gnutls_record_set_max_recv_size(session_.get(), options.largest_record) == 0);
        std::vector<gnutls_datum_t> protocols;
        for (const auto &name : options.alpn)
            protocols.push_back(tls::borrow(as_bytes(name)));
        if (!protocols.empty())
            gnutls_alpn_set_protocols(session_.get(), protocols.data(),
                                      static_cast<unsigned>(protocols.size()), 0);
        gnutls_transport_set_ptr(session_.get(), this);
        gnutls_transport_set_pull_function(session_.get(), [](void *self, void *data, std::size_t size) {
            auto &peer = *static_cast<RawPeer *>(self);
            const ssize_t count = peer.transport_.receive({static_cast<std::byte *>(data), size});
            if (count < 0)
                gnutls_transport_set_errno(peer.session_.get(), errno);
            return count;
        });
        gnutls_transport_set_push_function(session_.get(),
                                           [](void *self, const void *data, std::size_t size) {
                                               return static_cast<RawPeer *>(self)->transport_.send(
                                                   {static_cast<const std::byte *>(data), size});
                                           });
        gnutls_transport_set_pull_timeout_function(session_.get(), [](void *, unsigned) { return 1; });
    }

    /// One attempt; the GnuTLS code. A failure is told to the other end.
    int shake() {
        const int code = gnutls_handshake(session_.get());
        if (gnutls_error_is_fatal(code))
            gnutls_alert_send_appropriate(session_.get(), code);
        return code;
    }

    gnutls_session_t handle() { return session_.get(); }

private:
    tls::Transport &transport_;
    tls::CertificateCredentials credentials_;
    tls::SessionHandle session_;
};

} // namespace rpctls::test
