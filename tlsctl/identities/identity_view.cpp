// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/identities/identity_view.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/certificates/certificate_view.hpp"

namespace rpctls::tlsctl {

Result<std::optional<keys::Serial>> nfs_keyring(const Context &context) {
    if (context.root != "/")
        return std::optional<keys::Serial>();
    auto keyring = keys::find_nfs_keyring();
    if (!keyring)
        return keyring.error().name == "keyring-unsupported"
                   ? std::optional<keys::Serial>()
                   : Result<std::optional<keys::Serial>>(keyring.error());
    if (*keyring)
        if (auto possessed = keys::possess(**keyring); !possessed)
            return std::move(possessed).error();
    return keyring;
}

Result<keys::Publication> publish(keys::Serial keyring, std::string_view name, const tls::KeyPair &pair) {
    return keys::publish_identity(keyring, name, pair.chain_der(), pair.private_key_der,
                                  pair.chain.front().not_after);
}

Result<tls::KeyPair> load_pair(const keys::IdentityStore &store, std::string_view name) {
    auto stored = store.load(name);
    if (!stored)
        return std::move(stored).error();
    const auto directory = store.directory() / name;
    if (stored->key_is_in_token())
        return Error{Stage::keyring, "identity-key-in-token",
                     "the key of identity " + std::string(name) + " is in a token"}
            .with("key", std::string(as_text(stored->private_key_pem.bytes())));
    return tls::read_key_pair(as_bytes(stored->chain_pem), (directory / "cert.pem").string(),
                              stored->private_key_pem, (directory / "key.pem").string());
}

namespace {

/// The token itself is not asked: it may be slow, and lock itself after a few wrong PINs.
Result<IdentityView> view_token_identity(const keys::IdentityStore &store, std::string_view name) {
    auto stored = store.load(name);
    if (!stored)
        return std::move(stored).error();
    auto chain =
        tls::parse_chain(as_bytes(stored->chain_pem), (store.directory() / name / "cert.pem").string());
    if (!chain)
        return std::move(chain).error();
    IdentityView view{std::string(name), std::move(*chain)};
    view.key_url = as_text(stored->private_key_pem.bytes());
    return view;
}

} // namespace

Result<IdentityView> view_identity(const keys::IdentityStore &store, const Published &published,
                                   std::string_view name) {
    auto pair = load_pair(store, name);
    if (!pair && pair.error().name == "identity-key-in-token")
        return view_token_identity(store, name);
    if (!pair)
        return std::move(pair).error();
    const auto chain = pair->chain_der();
    IdentityView view{std::string(name), std::move(pair->chain)};
    if (const auto found = published.find(name); found != published.end()) {
        view.serials = found->second;
        const auto certificate = keys::read_key(found->second.certificate);
        view.current = certificate && certificate->equals(chain);
    }
    return view;
}

Result<IdentityView> view_published(const keys::IdentitySerials &serials, std::string_view name) {
    const auto certificate = keys::read_key(serials.certificate);
    if (!certificate)
        return certificate.error();
    auto chain = tls::parse_chain(certificate->bytes(), "key " + std::to_string(serials.certificate));
    if (!chain)
        return std::move(chain).error();
    return IdentityView{std::string(name), std::move(*chain), serials, false};
}

std::string mount_options(std::string_view name) {
    return "xprtsec=mtls,tls_identity=" + std::string(name);
}

std::string mount_options(const keys::IdentitySerials &serials) {
    return "xprtsec=mtls,cert_serial=" + std::to_string(serials.certificate) +
           ",privkey_serial=" + std::to_string(serials.private_key);
}

nlohmann::json identity_json(const IdentityView &identity) {
    nlohmann::json json = {{"name", identity.name},
                           {"certificate", certificate_json(identity.chain.front())},
                           {"chain_length", identity.chain.size()},
                           {"mount_options", mount_options(identity.name)},
                           {"stored", identity.stored},
                           {"keyring", nullptr}};
    if (!identity.key_url.empty())
        json["key_url"] = identity.key_url;
    if (identity.serials)
        json["keyring"] = {{"cert_serial", identity.serials->certificate},
                           {"privkey_serial", identity.serials->private_key},
                           {"current", identity.current},
                           {"mount_options", mount_options(*identity.serials)}};
    return json;
}

} // namespace rpctls::tlsctl
