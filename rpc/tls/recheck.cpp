// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/recheck.hpp"

#include "rpc/tls/verification.hpp"
#include "rpc/tls/x509.hpp"

#include <chrono>

namespace rpctls::tls {

std::optional<Error> recheck_client(const Credentials &trust, const std::vector<CertificateInfo> &chain) {
    PresentedCertificates presented;
    for (const CertificateInfo &each : chain) {
        auto certificate = import_certificate(each.der, "the client");
        if (!certificate)
            return std::move(certificate).error();
        presented.handles.push_back(std::move(*certificate));
        presented.infos.push_back(each);
    }
    auto refusal =
        refuse_peer(trust, presented, std::nullopt, "the client", std::chrono::system_clock::now());
    return refusal ? std::optional(std::move(refusal->error)) : std::nullopt;
}

} // namespace rpctls::tls
