// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/tls_hs_material.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/psk_store.hpp"
#include "rpc/tls/trust_file.hpp"

#include <algorithm>

namespace rpctls::tls {

namespace {

using keys::TlsHsKeys;

constexpr std::size_t longest_psk = 64;
constexpr std::size_t most_certificates = 16; ///< as in parse_chain()

Error fault(std::string name, std::string what, std::string key) {
    return Error{Stage::keyring, std::move(name), std::move(what)}.with("key", std::move(key));
}

Error incomplete(const std::string &there, std::string missing) {
    return fault("tls-hs-incomplete", "the keyring has " + there + " without " + missing, missing)
        .advise("add the missing key (keyctl padd user " + missing + "), or take the other off");
}

const Secret *find(const TlsHsKeys &keys, const std::string &name) {
    const auto found = keys.find(name);
    return found == keys.end() ? nullptr : &found->second;
}

Result<std::vector<PresharedKey>> take_psks(const TlsHsKeys &keys) {
    std::vector<PresharedKey> psks;
    for (unsigned n = 0; n < keys::tls_hs_numbers; ++n) {
        const std::string prefix = "psk-" + std::to_string(n);
        const std::string id_name = prefix + "-id", master_name = prefix + "-master";
        const Secret *id = find(keys, id_name), *master = find(keys, master_name);
        if (id == nullptr && master == nullptr)
            continue;
        if (id == nullptr || master == nullptr)
            return id == nullptr ? incomplete(master_name, id_name) : incomplete(id_name, master_name);
        if (id->empty() || id->size() > longest_psk_identity)
            return fault("psk-invalid", "the identity in " + id_name + " has no length that TLS takes",
                         id_name)
                .with("expected", "1 to " + std::to_string(longest_psk_identity) + " octets")
                .with("seen", std::to_string(id->size()));
        if (master->size() > longest_psk)
            return fault("psk-invalid", "the key in " + master_name + " is too long", master_name)
                .with("expected", std::to_string(longest_psk) + " octets at most")
                .with("seen", std::to_string(master->size()))
                .advise("the payload is the key itself, not a text of it");
        std::string identity(as_text(id->bytes()));
        const auto hash = psk_hash(identity, master->size());
        if (!hash)
            return Error(hash.error()).with("key", master_name);
        const bool twice =
            std::ranges::any_of(psks, [&](const PresharedKey &k) { return k.identity == identity; });
        if (twice)
            return fault("psk-invalid", "two pre-shared keys have the identity that is in " + id_name,
                         id_name)
                .advise("take one of them off: a server could not tell which is meant");
        psks.push_back({std::move(identity), master->duplicate(), *hash});
    }
    return psks;
}

Error about(Error error, const std::string &key) {
    error.stage = Stage::keyring;
    return std::move(error).with("key", key);
}

Result<std::optional<IdentityBytes>> take_identity(const TlsHsKeys &keys) {
    std::vector<CertificateInfo> chain;
    std::string last;
    for (unsigned n = 0; n < keys::tls_hs_certificates; ++n) {
        const std::string name = "crt-" + std::to_string(n);
        const Secret *certificate = find(keys, name);
        if (certificate == nullptr)
            continue;
        if (n > 0 && last != "crt-" + std::to_string(n - 1))
            return incomplete(name, "crt-" + std::to_string(n - 1));
        last = name;
        auto parsed = parse_chain(certificate->bytes(), "key " + name);
        if (!parsed)
            return about(std::move(parsed).error(), name);
        if (chain.size() + parsed->size() > most_certificates)
            return fault("certificate-unreadable", "the keyring has too many certificates", name)
                .with("limit", std::to_string(most_certificates));
        std::ranges::move(*parsed, std::back_inserter(chain));
    }
    const Secret *key = find(keys, "pkey");
    if (chain.empty() && key == nullptr)
        return std::optional<IdentityBytes>();
    if (chain.empty() || key == nullptr)
        return key == nullptr ? incomplete("crt-0", "pkey") : incomplete("pkey", "crt-0");
    const std::string pem = to_pem(chain);
    const auto octets = as_bytes(pem);
    return std::optional(IdentityBytes{
        "keys crt-0 and pkey of the keyring", {octets.begin(), octets.end()}, key->duplicate(), false});
}

} // namespace

Result<TlsHsMaterial> assemble_tls_hs(TlsHsKeys keys) {
    TlsHsMaterial material;
    auto psks = take_psks(keys);
    if (!psks)
        return std::move(psks).error();
    auto identity = take_identity(keys);
    if (!identity)
        return std::move(identity).error();
    if (const Secret *ca = find(keys, "ca")) {
        auto anchors = parse_trust(as_text(ca->bytes()), "key ca");
        if (!anchors)
            return about(std::move(anchors).error(), "ca");
        material.anchors = TrustText{"key ca of the keyring", std::string(as_text(ca->bytes()))};
    }
    material.psks = std::move(*psks);
    material.identity = std::move(*identity);
    if (!material.psks.empty() && (material.identity || material.anchors))
        return fault("tls-hs-both", "the keyring has pre-shared keys and certificates",
                     material.anchors ? "ca" : "crt-0")
            .advise("give each its own keyring: which one is to prove the peer must not depend on the peer");
    if (material.psks.empty() && !material.identity && !material.anchors)
        return fault("tls-hs-empty", "the keyring has no keys for a TLS handshake", "psk-0-id, crt-0, ca")
            .advise("add psk-0-id and psk-0-master, or crt-0, pkey and ca, as keys of type user");
    return material;
}

} // namespace rpctls::tls
