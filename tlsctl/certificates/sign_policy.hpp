// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate_request.hpp"
#include "rpc/tls/issuer.hpp"
#include "rpc/tls/revocation_list.hpp"
#include "rpctls/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// What a CA knows when it is asked to sign.
struct SigningRecord {
    std::vector<tls::CertificateInfo> issued;
    std::optional<tls::RevocationList> revoked;
    tls::Time now{};

    bool is_in_force(const tls::CertificateInfo &certificate) const;
};

/// What a site would regret: names that are another's, as far as they come from the request alone, and a key that has
/// another name already or was lost. Pure. Errors (stage input): key-compromised; and without `force` name-taken,
/// key-in-use.
Status check_request(const tls::LeafRequest &wanted, const tls::CertificateRequestInfo &asked,
                     bool names_are_asked, const SigningRecord &record, bool force);

/// Serials of the certificates in force that have the same common name and another key: to be revoked some day.
std::vector<std::string> replaced_by(const tls::LeafRequest &wanted, const tls::CertificateRequestInfo &asked,
                                     const SigningRecord &record);

} // namespace rpctls::tlsctl
