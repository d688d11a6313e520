// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/bundle.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/options.hpp"
#include "tlsctl/cli/passphrase.hpp"

#include <filesystem>
#include <optional>

namespace rpctls::tlsctl {

/// --bundle and what belongs to it.
struct BundleOptions {
    std::filesystem::path file;
    PassphraseSource passphrase{PassphraseSource::bundle_credential};
    bool show = false; ///< a generated passphrase goes to the terminal instead of a file
};

void add_bundle_options(Command command, BundleOptions &options);

/// A passphrase, and where it is going to stand when it is a generated one.
struct BundlePassphrase {
    Secret text;
    std::filesystem::path
        file{}; ///< FILE.passphrase; empty when the caller gave the passphrase, or it is shown
    bool show = false;
};

/// Before anything is made: a passphrase that cannot be had must not cost a certificate.
Result<BundlePassphrase> choose_passphrase(const BundleOptions &options);

/// Writes the bundle, mode 0600, with its passphrase beside it or on the terminal: both or neither. Errors (stage
/// input): those of make_bundle and FilePair::store.
Status write_bundle(const tls::BundleContents &contents, const std::filesystem::path &file,
                    const BundlePassphrase &passphrase, bool replace);

} // namespace rpctls::tlsctl
