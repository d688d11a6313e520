// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/certificates/ca_directory.hpp"

#include <optional>
#include <string>
#include <vector>

/// What a CA has signed: SERIAL.pem each in its directory's issued/. One file each is whole or not there, and a run that is
/// killed damages none.
namespace rpctls::tlsctl {

/// Before anybody is given the certificate: of what is not recorded nobody knows that it is to be revoked. The caller
/// holds the CA's lock. Errors: those of write_file and make_directory.
Status record_issued(const CaDirectory &ca, const tls::CertificateInfo &certificate);

/// For a certificate that nobody was given after all.
Status forget_issued(const CaDirectory &ca, const tls::CertificateInfo &certificate);

/// All of them, in no order. Errors (stage input): directory-unreadable, those of read_file and parse_chain.
Result<std::vector<tls::CertificateInfo>> issued_certificates(const CaDirectory &ca);

/// The one of that serial; absent when there is no record of it.
Result<std::optional<tls::CertificateInfo>> issued_certificate(const CaDirectory &ca,
                                                               const std::string &serial);

} // namespace rpctls::tlsctl
