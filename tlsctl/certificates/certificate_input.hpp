// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/passphrase.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

inline constexpr const char *default_certificate_directory = "/etc/rpctls/certs";

/// The file that a word on the command line means: a path when it has a slash or there is such a file, else what
/// tlsctl cert issue wrote for that NAME.
std::filesystem::path certificate_path(const std::string &word, const Context &context);

/// Certificates from a file of whatever form: PEM, DER or PKCS#12.
struct CertificateInput {
    std::filesystem::path path;
    std::vector<tls::CertificateInfo> chain; ///< as it stands in the file
    Secret key_pem;                          ///< of a PKCS#12 file; else empty
    std::string trust_pem;                   ///< likewise
};

/// Errors: those of read_file, parse_chain and read_bundle, passphrase-missing.
Result<CertificateInput> read_certificates(const std::string &word, const PassphraseSource &passphrase,
                                           const Context &context);

} // namespace rpctls::tlsctl
