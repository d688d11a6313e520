// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/certificates/ca_directory.hpp"

#include <optional>

namespace rpctls::tlsctl {

/// The CA of a run: its key is read, and its passphrase asked for, once, and only when something is to be signed.
class Authority {
public:
    Authority(CaOptions options, const Context &context)
        : options_(std::move(options)), directory_(ca_directory(options_, context)) {}

    const CaDirectory &directory() const { return directory_; }

    /// Errors: those of CaDirectory::load_certificate; ca-expired (stage input).
    Result<std::string> certificate_pem() const;
    /// Errors: those of tls::issue, of CaDirectory::load and record_issued.
    Result<tls::IssuedPair> issue(tls::LeafRequest request);
    /// The CA's record of what this run has issued goes, for a step that is undone: its key went with it.
    Status forget_issued();
    /// Of the last certificate in its file: what peers trust.
    Result<std::string> root_pem() const;
    /// When it ends.
    Result<tls::Time> end() const;

private:
    CaOptions options_;
    CaDirectory directory_;
    std::optional<CaDirectory::Material> material_;
    std::vector<tls::CertificateInfo> issued_;
};

} // namespace rpctls::tlsctl
