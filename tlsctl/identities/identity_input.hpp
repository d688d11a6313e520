// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/key_pair.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"
#include "tlsctl/identities/identity_view.hpp"

#include <filesystem>
#include <string>

namespace rpctls::tlsctl {

/// What an identity is made of, as identity add and identity update take it.
struct IdentityInput {
    std::string name;
    std::filesystem::path certificate;
    std::filesystem::path key;
    bool force = false; ///< also a certificate that has expired
};

/// The files, checked: they belong together, and the certificate has not expired. Errors: those of read_file,
/// read_secret_file, read_key_pair and those of key_url.hpp, certificate-expired (stage input). Of a key in a token the
/// pair has the URL in place of the key.
Result<tls::KeyPair> read_identity_files(const IdentityInput &input);

/// Whether the pair's key is in a token; the view then says where.
bool is_in_token(const tls::KeyPair &pair, IdentityView &view);

/// What to say of an identity that has been stored, with remarks on what would make servers refuse it.
Report stored_identity_report(const IdentityView &identity, const std::filesystem::path &directory);

} // namespace rpctls::tlsctl
