// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/post_quantum.hpp"

#include <gnutls/gnutls.h>

namespace rpctls::tls {

namespace {

Status check_pair(const Settings &settings, std::string_view section, const RoleSettings &role) {
    const auto fault = [&](std::string_view what) -> Error {
        return Error{Stage::config, "config-value",
                     settings.origin.string() + ": [" + std::string(section) + "] " + std::string(what)};
    };
    if (role.pq_certificate.has_value() != role.pq_private_key.has_value())
        return fault("x509.pq.certificate and x509.pq.private_key need each other")
            .advise("give both, or neither");
    if (role.pq_certificate && !role.certificate)
        return fault("x509.pq.certificate stands without x509.certificate")
            .advise("peers without ML-DSA need a classic certificate: give both pairs");
    return {};
}

} // namespace

bool has_post_quantum_signatures() {
    return gnutls_pk_get_id("ML-DSA-65") != GNUTLS_PK_UNKNOWN;
}

std::string library_version() {
    return std::string("GnuTLS ") + gnutls_check_version(nullptr);
}

Status use_post_quantum(Settings &settings) {
    if (has_post_quantum_signatures()) {
        if (auto whole = check_pair(settings, "authenticate.client", settings.client); !whole)
            return whole;
        return check_pair(settings, "authenticate.server", settings.server);
    }
    for (RoleSettings *role : {&settings.client, &settings.server}) {
        role->pq_certificate.reset();
        role->pq_private_key.reset();
    }
    for (const std::string &place : settings.pq_places)
        settings.warnings.push_back(place + ": not used, since " + library_version() +
                                    " of this system has no ML-DSA");
    return {};
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
