// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/psk_interchange.hpp"
#include "rpc/tls/psk.hpp"
#include "rpctls/result.hpp"

#include <string>
#include <string_view>

namespace rpctls::tls {

/// Whose key it is and how it is to be derived: the NVMe/TCP transport specification on PSKs and PSK identities.
struct NvmePsk {
    std::string host_nqn;
    std::string subsystem_nqn;
    /// 0: the identity of NVMe/TCP 1.0c, "NVMe0R01 HOSTNQN SUBSYSNQN". 1: that of later revisions, which ends in a
    /// digest of the key, so that keys that differ have identities that differ.
    int identity_version = 0;
    keys::PskTransform transform = keys::PskTransform::sha256; ///< of the configured key to the retained one
    /// As libnvme up to 1.15 did it: HkdfLabel without the lengths of its parts, and its own length in the wrong order
    /// of octets.
    bool old_libnvme = false;
};

/// "nqn.…", at most 223 octets of printable ASCII without blanks. Error (stage input): nqn-invalid.
Status check_nqn(std::string_view nqn);

/// From the key that an administrator configures at both ends: the retained key, from that the TLS key, and its
/// identity. Errors (stage input): nqn-invalid; psk-length-invalid when the key's length does not go with the hash;
/// nqn-too-long when both names together exceed what version 0 can derive from.
Result<PresharedKey> derive_nvme_psk(const Secret &configured, const NvmePsk &what);

} // namespace rpctls::tls
