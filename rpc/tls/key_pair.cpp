// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/key_pair.hpp"

#include "rpc/tls/private_key.hpp"

namespace rpctls::tls {

std::vector<std::byte> KeyPair::chain_der() const {
    std::vector<std::byte> der;
    for (const auto &certificate : chain)
        der.insert(der.end(), certificate.der.begin(), certificate.der.end());
    return der;
}

Result<KeyPair> read_key_pair(std::span<const std::byte> chain, std::string_view chain_origin,
                              const Secret &private_key, std::string_view key_origin) {
    KeyPair pair;
    auto certificates = parse_chain(chain, chain_origin);
    if (!certificates)
        return std::move(certificates).error();
    pair.chain = std::move(*certificates);
    auto key = import_private_key(private_key, key_origin);
    if (!key)
        return std::move(key).error();
    if (auto own = check_key_of(key->get(), pair.chain.front(), key_origin, chain_origin); !own)
        return std::move(own).error();
    auto der = export_private_key(key->get(), GNUTLS_X509_FMT_DER);
    if (!der)
        return std::move(der).error();
    pair.private_key_der = std::move(*der);
    auto pem = export_private_key(key->get(), GNUTLS_X509_FMT_PEM);
    if (!pem)
        return std::move(pem).error();
    pair.private_key_pem = std::move(*pem);
    return pair;
}

} // namespace rpctls::tls
