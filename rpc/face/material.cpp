// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/face/material.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/keys/psk.hpp"
#include "rpc/keys/psk_interchange.hpp"
#include "rpc/tls/key_url.hpp"

namespace rpctls::face {

namespace {

Result<tls::PresharedKey> read(const PskSource::File &file) {
    const auto text = read_secret_file(file.path);
    if (!text)
        return text.error();
    auto written = keys::parse_psk(as_text(text->bytes()));
    if (!written)
        return std::move(written).error().with("file", printable(file.path));
    return tls::PresharedKey{file.identity, std::move(written->secret), tls::PskHash::sha256};
}

Result<tls::PresharedKey> read(keys::Serial serial) {
    auto stored = keys::read_psk(serial);
    if (!stored)
        return std::move(stored).error();
    return tls::PresharedKey{std::move(stored->identity), std::move(stored->secret), tls::PskHash::sha256};
}

Result<tls::PresharedKey> load(const PskSource &source) {
    auto key = std::visit([](const auto &from) { return read(from); }, source.from);
    if (!key)
        return key;
    auto usual = tls::psk_hash(key->identity, key->secret.size());
    if (!usual)
        return std::move(usual).error().with("identity", printable(key->identity));
    key->hash = source.hash == RPCTLS_PSK_HASH_BY_LENGTH ? *usual
                : source.hash == RPCTLS_PSK_HASH_SHA256  ? tls::PskHash::sha256
                                                         : tls::PskHash::sha384;
    return key;
}

using Identity = std::variant<tls::IdentityFiles, tls::IdentityBytes>;

/// What is named by URL is in a token, and a key stays there (RFC 7512, key_url.hpp).
Result<Identity> load_identity(const tls::IdentityFiles &named) {
    const std::string &certificate = named.certificate.native(), &key = named.private_key.native();
    const bool in_token = keys::is_key_url(key);
    if (!keys::is_key_url(certificate) && !in_token)
        return Identity(named);
    tls::IdentityBytes identity;
    identity.label = certificate;
    if (keys::is_key_url(certificate)) {
        auto chain = tls::read_certificate_url(certificate);
        if (!chain)
            return std::move(chain).error();
        identity.chain = std::move(chain->front().der);
    } else {
        const auto text = read_file(named.certificate);
        if (!text)
            return text.error();
        const auto octets = as_bytes(*text);
        identity.chain.assign(octets.begin(), octets.end());
    }
    auto secret = in_token ? Result<Secret>(Secret(as_bytes(key))) : read_secret_file(named.private_key);
    if (!secret)
        return std::move(secret).error();
    identity.private_key = std::move(*secret);
    identity.takes_url = in_token;
    return Identity(std::move(identity));
}

} // namespace

Result<std::shared_ptr<const tls::Credentials>> load_credentials(const rpctls_params &params) {
    tls::CredentialSources sources;
    if (params.truststore)
        sources.truststore = *params.truststore;
    if (params.crl)
        sources.crl = *params.crl;
    if (params.identity) {
        auto identity = load_identity(*params.identity);
        if (!identity)
            return std::move(identity).error();
        sources.identity = std::move(*identity);
    }
    return tls::Credentials::load(std::move(sources));
}

Result<std::shared_ptr<const tls::PskSet>> load_psks(const rpctls_params &params) {
    if (params.psks.empty())
        return std::shared_ptr<const tls::PskSet>();
    std::vector<tls::PresharedKey> keys;
    for (const PskSource &source : params.psks) {
        auto key = load(source);
        if (!key)
            return std::move(key).error();
        keys.push_back(std::move(*key));
    }
    return tls::PskSet::make(std::move(keys));
}

} // namespace rpctls::face
