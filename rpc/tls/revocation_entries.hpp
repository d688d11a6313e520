// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/revocation_list.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

/// The part of a list that GnuTLS cannot write whole: it has no call for the reason of an entry. For rpc/tls only.
namespace rpctls::tls {

/// The elements of a TBSCertList (RFC 5280 5.1.2) before and after its entries.
struct RevocationFrame {
    std::span<const std::byte> before;  ///< version, algorithm, issuer, both times
    std::span<const std::byte> entries; ///< the contents of revokedCertificates; empty when it is absent
    std::span<const std::byte> after;   ///< the extensions
    std::span<const std::byte> algorithm;
};

/// Of a whole CertificateList in DER, with version, both times and nothing else that is optional missing.
std::optional<RevocationFrame> take_revocation_frame(std::span<const std::byte> list);

/// Absent when one cannot be read.
std::optional<std::vector<Revocation>> read_revocations(std::span<const std::byte> entries);

/// The TBSCertList of a frame, with these entries. Absent when a serial is none.
std::optional<std::vector<std::byte>> write_revocations(const RevocationFrame &frame,
                                                        std::span<const Revocation> revoked);

/// The whole list of such a part and a signature over it.
std::vector<std::byte> write_revocation_list(std::span<const std::byte> to_be_signed,
                                             std::span<const std::byte> algorithm,
                                             std::span<const std::byte> signature);

} // namespace rpctls::tls
