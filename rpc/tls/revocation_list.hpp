// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a CA has revoked: the X.509 list that it signs (RFC 5280 section 5), which is its own record of it, too.
namespace rpctls::tls {

/// The numbers are those of RFC 5280 5.3.1. Lists of other makers may have others than these.
enum class RevocationReason : std::uint8_t {
    unspecified = 0,
    key_compromise = 1,
    affiliation_changed = 3,
    superseded = 4,
    cessation_of_operation = 5,
    privilege_withdrawn = 9,
};

/// "key-compromise"; a number that has no name here is "reason-6".
std::string to_string(RevocationReason reason);
/// Absent when there is no such word.
std::optional<RevocationReason> revocation_reason(std::string_view word);

struct Revocation {
    std::string serial; ///< as CertificateInfo::serial
    Time time{};
    RevocationReason reason = RevocationReason::unspecified;
};

struct RevocationList {
    std::uint64_t number = 0; ///< grows with each list (RFC 5280 5.2.3)
    Time this_update{};
    Time next_update{}; ///< from then on peers refuse whatever they would judge by it
    std::vector<Revocation> revoked{};

    /// Null when it is not revoked. Leading zeros of a serial do not count.
    const Revocation *find(std::string_view serial) const;
};

/// Hexadecimal in either case, with colons or without, 40 digits at most (RFC 5280 4.1.2.2), to how CertificateInfo has
/// serials; absent when it is none.
std::optional<std::string> parse_serial(std::string_view text);

/// One list in PEM. Its signature is checked, whether it is current is not. Errors (stage input), naming `origin`:
/// crl-unreadable, crl-of-another-ca.
Result<RevocationList> read_revocation_list(std::string_view pem, std::string_view origin,
                                            const CertificateInfo &ca);

/// Signed, in PEM, and read back, since peers that cannot read it refuse everybody. Errors (stage input): those of
/// load_authority, crl-sign-not-permitted, revocation-invalid (a serial that is none).
Result<std::string> sign_revocation_list(const RevocationList &list, std::string_view ca_certificate_pem,
                                         const Secret &ca_key_pem);

} // namespace rpctls::tls
