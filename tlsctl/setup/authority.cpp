// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/setup/authority.hpp"

#include "rpc/base/time_text.hpp"

#include "tlsctl/certificates/issued_certificates.hpp"

namespace rpctls::tlsctl {

Result<std::string> Authority::certificate_pem() const {
    auto material = directory_.load_certificate();
    if (!material)
        return std::move(material).error();
    const tls::CertificateInfo &ca = material->chain.front();
    if (ca.not_after <= std::chrono::system_clock::now())
        return Error{Stage::input, "ca-expired", "the CA in " + directory_.path().string() + " has expired"}
            .with("ended", format_time(ca.not_after))
            .advise("tlsctl ca renew, or another CA with --ca-dir DIR");
    return std::move(material->certificate_pem);
}

Result<std::string> Authority::root_pem() const {
    const auto material = directory_.load_certificate();
    if (!material)
        return material.error();
    return tls::to_pem({&material->chain.back(), 1});
}

Result<tls::Time> Authority::end() const {
    const auto material = directory_.load_certificate();
    if (!material)
        return material.error();
    return material->chain.front().not_after;
}

Result<tls::IssuedPair> Authority::issue(tls::LeafRequest request) {
    if (!material_) {
        auto loaded = directory_.load(options_.passphrase);
        if (!loaded)
            return std::move(loaded).error();
        material_.emplace(std::move(*loaded));
    }
    const auto lock = directory_.lock();
    if (!lock)
        return lock.error();
    auto pair = tls::issue(request, material_->certificate_pem, material_->key_pem);
    if (pair) {
        issued_.push_back(pair->info);
        if (auto recorded = record_issued(directory_, pair->info); !recorded)
            return std::move(recorded).error();
    }
    return pair;
}

Status Authority::forget_issued() {
    Status all;
    for (const tls::CertificateInfo &certificate : issued_)
        if (auto forgotten = tlsctl::forget_issued(directory_, certificate); !forgotten)
            all = std::move(forgotten);
    issued_.clear();
    return all;
}

} // namespace rpctls::tlsctl
