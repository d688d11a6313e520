// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

/// One move-only owner for each kind of GnuTLS handle. For rpc/tls/*.cpp and its tests only.
namespace rpctls::tls {

template <auto deinit>
struct HandleDeleter {
    template <class T>
    void operator()(T *handle) const {
        deinit(handle);
    }
};

template <class Handle, auto deinit>
using Owner = std::unique_ptr<std::remove_pointer_t<Handle>, HandleDeleter<deinit>>;

inline void deinit_trust_list(gnutls_x509_trust_list_t list) {
    gnutls_x509_trust_list_deinit(list, 1);
}

using Crt = Owner<gnutls_x509_crt_t, gnutls_x509_crt_deinit>;
using Crl = Owner<gnutls_x509_crl_t, gnutls_x509_crl_deinit>;
using Crq = Owner<gnutls_x509_crq_t, gnutls_x509_crq_deinit>;
using X509Privkey = Owner<gnutls_x509_privkey_t, gnutls_x509_privkey_deinit>;
using Privkey = Owner<gnutls_privkey_t, gnutls_privkey_deinit>;
using Pubkey = Owner<gnutls_pubkey_t, gnutls_pubkey_deinit>;
using TrustList = Owner<gnutls_x509_trust_list_t, deinit_trust_list>;
using CertificateCredentials = Owner<gnutls_certificate_credentials_t, gnutls_certificate_free_credentials>;
using Priority = Owner<gnutls_priority_t, gnutls_priority_deinit>;
using SessionHandle = Owner<gnutls_session_t, gnutls_deinit>;

/// Calls a GnuTLS constructor and owns what it made; empty when it failed, which only lack of memory causes.
/// `make<Crt>(gnutls_x509_crt_init)`
template <class Owned, class Init, class... Arguments>
Owned make(Init init, Arguments... arguments) {
    typename Owned::pointer handle = nullptr;
    return init(&handle, arguments...) < 0 ? Owned() : Owned(handle);
}

/// A datum that GnuTLS allocated; also the address it is to be written to.
class Datum {
public:
    Datum() = default;
    Datum(Datum &&other) noexcept : datum_(std::exchange(other.datum_, {})) {}
    Datum &operator=(Datum &&other) noexcept {
        std::swap(datum_, other.datum_);
        return *this;
    }
    Datum(const Datum &) = delete;
    Datum &operator=(const Datum &) = delete;
    ~Datum() { gnutls_free(datum_.data); }

    gnutls_datum_t *out() { return &datum_; }
    const gnutls_datum_t *get() const { return &datum_; }
    std::span<std::byte> bytes() { return {reinterpret_cast<std::byte *>(datum_.data), datum_.size}; }
    std::span<const std::byte> bytes() const {
        return {reinterpret_cast<const std::byte *>(datum_.data), datum_.size};
    }
    std::string_view text() const { return {reinterpret_cast<const char *>(datum_.data), datum_.size}; }

private:
    gnutls_datum_t datum_{};
};

/// A borrowed view in GnuTLS' terms, which know no const.
inline gnutls_datum_t borrow(std::span<const std::byte> bytes) {
    return {reinterpret_cast<unsigned char *>(const_cast<std::byte *>(bytes.data())),
            static_cast<unsigned>(bytes.size())};
}

inline std::span<const std::byte> view(const gnutls_datum_t &datum) {
    return {reinterpret_cast<const std::byte *>(datum.data), datum.size};
}

} // namespace rpctls::tls
