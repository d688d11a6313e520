// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/authority.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/certificate_builder.hpp"
#include "rpc/tls/private_key.hpp"
#include "rpc/tls/x509.hpp"

#include <algorithm>

namespace rpctls::tls {

namespace {

constexpr std::string_view ca_origin = "the CA certificate";
constexpr std::string_view ca_key_origin = "the CA key";

} // namespace

Result<Authority> load_authority(std::string_view certificate_pem, const Secret &key_pem) {
    Authority authority;
    auto chain = parse_chain(as_bytes(certificate_pem), ca_origin);
    if (!chain)
        return std::move(chain).error();
    authority.chain = std::move(*chain);
    const CertificateInfo &ca = authority.chain.front();
    const auto &usages = ca.key_usages;
    const bool may_sign =
        usages.empty() || std::find(usages.begin(), usages.end(), "keyCertSign") != usages.end();
    if (!ca.is_ca || !may_sign)
        return Error{Stage::input, "not-a-ca", "this certificate may not sign others"}
            .with("subject", ca.subject)
            .with("CA", ca.is_ca ? "yes" : "no")
            .with("key usage", usages.empty() ? "any" : join(usages, " "))
            .advise("use the certificate that tlsctl ca init made");
    auto certificate = import_certificate(ca.der, ca_origin);
    if (!certificate)
        return std::move(certificate).error();
    authority.certificate = std::move(*certificate);
    auto key = import_private_key(key_pem, ca_key_origin);
    if (!key)
        return std::move(key).error();
    if (auto own = check_key_of(key->get(), ca, ca_key_origin, ca_origin); !own)
        return std::move(own).error();
    auto signer = signing_key(key->get());
    if (!signer)
        return std::move(signer).error();
    authority.key = std::move(*signer);
    return authority;
}

Status check_not_expired(const Authority &authority) {
    const CertificateInfo &ca = authority.chain.front();
    if (ca.not_after > std::chrono::system_clock::now())
        return {};
    return Error{Stage::input, "ca-expired", "the CA has expired"}
        .with("subject", ca.subject)
        .with("expired", format_time(ca.not_after))
        .advise("renew it (tlsctl ca renew) and give the new certificate to all peers");
}

} // namespace rpctls::tls
