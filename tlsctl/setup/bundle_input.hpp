// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/bundle.hpp"
#include "rpc/tls/key_pair.hpp"
#include "tlsctl/cli/passphrase.hpp"

#include <filesystem>
#include <string>

namespace rpctls::tlsctl {

/// What a client's bundle holds, opened and checked.
struct Bundle {
    std::filesystem::path file;
    std::string name;
    tls::KeyPair pair;
    std::string trust_pem;
    std::vector<tls::CertificateInfo> trust;
};

/// Without a source the passphrase is that in FILE.passphrase, where `tlsctl cert issue --bundle` leaves it, when it is
/// there. Errors (stage input): passphrase-missing, those of read_passphrase and read_bundle, certificate-expired,
/// bundle-without-trust.
Result<Bundle> open_bundle(const std::filesystem::path &file, PassphraseSource passphrase);

} // namespace rpctls::tlsctl
