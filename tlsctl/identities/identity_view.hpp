// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/identity.hpp"
#include "rpc/keys/keyring.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpc/tls/key_pair.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::tlsctl {

/// The running kernel's .nfs keyring, in our possession; absent when it has none, when keyrings are not to be had
/// here, or when --root names another system than the running one.
Result<std::optional<keys::Serial>> nfs_keyring(const Context &context);

/// Has the pair on the keyring until the certificate ends. Errors: those of keys::publish_identity.
Result<keys::Publication> publish(keys::Serial keyring, std::string_view name, const tls::KeyPair &pair);

/// An identity of the store, checked: its certificate and key belong together. Errors: those of IdentityStore::load and
/// tls::read_key_pair, identity-key-in-token (stage keyring).
Result<tls::KeyPair> load_pair(const keys::IdentityStore &store, std::string_view name);

/// What is on the .nfs keyring, by name.
using Published = std::map<std::string, keys::IdentitySerials, std::less<>>;

/// An identity as list and show tell it.
struct IdentityView {
    std::string name;
    std::vector<tls::CertificateInfo> chain; ///< leaf first
    std::optional<keys::IdentitySerials> serials{};
    bool stored = true;    ///< else it is on the keyring only: by nfstlskey(8), or by hand
    std::string key_url{}; ///< where the key is when it is in a token
    bool current = true;   ///< the keyring has the certificate that the store has
};

/// Reads an identity of the store whole and checks that its certificate and key belong together.
Result<IdentityView> view_identity(const keys::IdentityStore &store, const Published &published,
                                   std::string_view name);

/// One that is on the keyring only; its key is left alone.
Result<IdentityView> view_published(const keys::IdentitySerials &serials, std::string_view name);

/// "xprtsec=mtls,tls_identity=NAME"
std::string mount_options(std::string_view name);
/// "xprtsec=mtls,cert_serial=N,privkey_serial=M", for who mounts without our helper.
std::string mount_options(const keys::IdentitySerials &serials);

nlohmann::json identity_json(const IdentityView &identity);

} // namespace rpctls::tlsctl
