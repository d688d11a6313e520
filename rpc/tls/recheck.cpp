// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/recheck.hpp"

#include "rpc/tls/verification.hpp"
#include "rpc/tls/x509.hpp"

#include <chrono>

namespace rpctls::tls {

namespace {

std::optional<Error> recheck(const Credentials &trust, const std::vector<CertificateInfo> &chain,
                             const std::optional<PeerName> &name, const std::string &who) {
    PresentedCertificates presented;
    for (const CertificateInfo &each : chain) {
        auto certificate = import_certificate(each.der, who);
        if (!certificate)
            return std::move(certificate).error();
        presented.handles.push_back(std::move(*certificate));
        presented.infos.push_back(each);
    }
    auto refusal = refuse_peer(trust, presented, name, who, std::chrono::system_clock::now());
    return refusal ? std::optional(std::move(refusal->error)) : std::nullopt;
}

} // namespace

std::optional<Error> recheck_client(const Credentials &trust, const std::vector<CertificateInfo> &chain) {
    return recheck(trust, chain, std::nullopt, "the client");
}

std::optional<Error> recheck_server(const Credentials &trust, const std::vector<CertificateInfo> &chain,
                                    const PeerName &name, const std::vector<std::string> &pins) {
    if (auto refused = recheck(trust, chain, name, name.text()))
        return refused;
    if (auto unpinned = pins.empty() ? std::nullopt : refuse_unpinned(chain.front(), pins, name.text()))
        return std::move(unpinned->error);
    return std::nullopt;
}

} // namespace rpctls::tls
