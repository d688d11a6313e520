// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/revocation_list.hpp"
#include "tlsctl/certificates/ca_directory.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <span>
#include <string>

/// The CA's revocation list, crl.pem: what peers are given, and the CA's own record of what it has revoked. One file is
/// replaced in one step, so no kill leaves the two at odds.
namespace rpctls::tlsctl {

/// Absent when the CA has not made one yet. Errors: those of read_file and read_revocation_list.
Result<std::optional<tls::RevocationList>> load_crl(const CaDirectory &ca,
                                                    const tls::CertificateInfo &ca_certificate);

/// Signs and writes the successor of `old`, dated from now: the next number, and `more` besides what it has. What has
/// ended and stood in a list since then is left out, as RFC 5280 3.3 allows. The caller holds the CA's lock. Errors: those
/// of sign_revocation_list and write_file; crl-too-large.
Result<tls::RevocationList> store_crl(const CaDirectory &ca, const CaDirectory::Material &material,
                                      const std::optional<tls::RevocationList> &old,
                                      std::span<const tls::Revocation> more, int days);

/// Whether half of the time between its dates has passed: the time to make the next one, with as much left for it to reach
/// everybody.
bool is_due(const tls::RevocationList &list, tls::Time now);

/// "number 3, 2 revoked, to 2026-12-20T21:00:00Z, 22 days left"; what is wrong with its date in the place of the days.
std::string crl_words(const tls::RevocationList &list);
nlohmann::json crl_json(const CaDirectory &ca, const tls::RevocationList &list);

/// How the agents of this CA's servers and clients come to know of the list.
std::string crl_use(const CaDirectory &ca);

/// --crl-days.
void add_crl_days(Command command, int &days);

} // namespace rpctls::tlsctl
