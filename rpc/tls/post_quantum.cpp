// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/post_quantum.hpp"

#include <gnutls/gnutls.h>

namespace rpctls::tls {

bool has_post_quantum_signatures() {
    return gnutls_pk_get_id("ML-DSA-65") != GNUTLS_PK_UNKNOWN;
}

std::string library_version() {
    return std::string("GnuTLS ") + gnutls_check_version(nullptr);
}

Status check_post_quantum(const CertificateInfo &leaf, const std::string &origin) {
    if (leaf.key_type.starts_with("ML-DSA"))
        return {};
    return Error{Stage::config, "pq-certificate-classic",
                 "the certificate in " + origin + " is no post-quantum one"}
        .with("expected", "an ML-DSA key")
        .with("seen", leaf.key_type)
        .advise("name it as x509.certificate=, or take x509.pq.certificate= and x509.pq.private_key= out");
}

} // namespace rpctls::tls
