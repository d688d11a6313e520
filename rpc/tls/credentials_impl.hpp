// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/credentials.hpp"
#include "rpc/tls/gnutls_handles.hpp"

#include <memory>
#include <vector>

namespace rpctls::tls {

/// The own chain in the form that a GnuTLS certificate callback hands out.
class PresentedChain {
public:
    PresentedChain() = default;
    PresentedChain(const PresentedChain &) = delete;
    PresentedChain &operator=(const PresentedChain &) = delete;
    ~PresentedChain() {
        for (auto &certificate : certificates_)
            gnutls_pcert_deinit(&certificate);
    }

    int add(std::span<const std::byte> der) {
        const gnutls_datum_t datum = borrow(der);
        gnutls_pcert_st certificate{};
        const int code = gnutls_pcert_import_x509_raw(&certificate, &datum, GNUTLS_X509_FMT_DER, 0);
        if (code >= 0)
            certificates_.push_back(certificate);
        return code;
    }

    const std::vector<gnutls_pcert_st> &certificates() const { return certificates_; }

private:
    std::vector<gnutls_pcert_st> certificates_;
};

/// A certificate chain with its key, ready to be shown.
struct OwnIdentity {
    std::vector<CertificateInfo> chain;
    PresentedChain presented;
    Privkey key;
};

/// A revocation list that the trust list holds: until when it speaks for its issuer.
struct LoadedCrl {
    std::vector<std::byte> issuer; ///< DER
    Time next_update{};
};

/// What peers are judged by. GnuTLS allows any number of threads to look things up in a list that is complete.
struct Trust {
    TrustList list;
    std::vector<LoadedCrl> crls;
    bool nobody = false; ///< said in so many words: no peer passes
    std::string description;
};

/// Nothing in here changes after load(): GnuTLS then allows any number of threads to use it at once.
struct Credentials::Impl {
    OwnIdentity own;
    std::unique_ptr<OwnIdentity> preferred; ///< shown to peers that understand its kind of key
    std::shared_ptr<const Trust> trust;     ///< may be shared with other credentials, and so may the next
    std::shared_ptr<const Priority> priority;
    /// Holds no key and no trust itself: each session's callbacks decide what is shown and what is believed.
    CertificateCredentials handle;
};

} // namespace rpctls::tls
