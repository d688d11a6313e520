// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/nvme_psk.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/psk_encoding.hpp"
#include "rpc/tls/engine/key_schedule.hpp"

#include <algorithm>

namespace rpctls::tls {

namespace {

constexpr std::size_t longest_nqn = 223;
constexpr std::size_t longest_context = 255;

/// What libnvme up to 1.15 took for an HkdfLabel (RFC 8446 section 7.1).
std::string old_label(std::size_t length, std::string_view label, std::string_view context) {
    const auto octet = [](std::size_t value) { return static_cast<char>(value & 0xff); };
    return std::string{octet(length), octet(length >> 8)} + "tls13 " + std::string(label) +
           std::string(context);
}

/// HKDF-Expand-Label(HKDF-Extract(0, key), label, context, length of the hash).
Secret extract_and_expand(const Secret &key, PskHash hash, std::string_view label, std::string_view context,
                          bool old_libnvme) {
    const Secret extracted = hkdf_extract(hash, {}, key.bytes());
    if (old_libnvme)
        return hkdf_expand(hash, extracted.bytes(), as_bytes(old_label(size_of(hash), label, context)),
                           size_of(hash));
    return hkdf_expand_label(hash, extracted, label, as_bytes(context), size_of(hash));
}

/// Base64 of HMAC(retained key, "HOSTNQN SUBSYSNQN NVMe-over-Fabrics"): public, as it is a part of the identity.
std::string identity_digest(const Secret &retained, PskHash hash, const NvmePsk &what) {
    const std::string text = what.host_nqn + " " + what.subsystem_nqn + " NVMe-over-Fabrics";
    const Secret encoded = keys::to_base64(hmac(hash, retained.bytes(), as_bytes(text)).bytes());
    return std::string(as_text(encoded.bytes()));
}

} // namespace

Status check_nqn(std::string_view nqn) {
    const auto invalid = [&](std::string why) -> Error {
        return Error{Stage::input, "nqn-invalid",
                     "\"" + printable(nqn.substr(0, longest_nqn)) + "\" is no NVMe qualified name"}
            .with("", std::move(why))
            .advise("a name is like nqn.2014-08.org.nvmexpress:uuid:…; a host's is in /etc/nvme/hostnqn");
    };
    if (nqn.size() > longest_nqn)
        return invalid("it has " + std::to_string(nqn.size()) + " characters, at most 223 are allowed");
    if (!nqn.starts_with("nqn.") || nqn.size() == 4)
        return invalid("it does not begin with nqn. and a date");
    if (std::ranges::any_of(nqn, [](char c) { return c <= ' ' || c > '~'; }))
        return invalid("it contains a blank, or what is no printable ASCII");
    return {};
}

Result<PresharedKey> derive_nvme_psk(const Secret &configured, const NvmePsk &what) {
    for (const auto &nqn : {what.host_nqn, what.subsystem_nqn})
        if (auto valid = check_nqn(nqn); !valid)
            return std::move(valid).error();
    using keys::PskTransform;
    const PskTransform transform =
        what.transform == PskTransform::none ? keys::transform_for(configured.size()) : what.transform;
    const PskHash hash = transform == PskTransform::sha384 ? PskHash::sha384 : PskHash::sha256;
    if (configured.size() != size_of(hash))
        return Error{Stage::input, "psk-length-invalid", "the pre-shared key has the wrong length"}
            .with("expected", std::to_string(size_of(hash)) + " octets for " + std::string(to_string(hash)))
            .with("seen", std::to_string(configured.size()) + " octets");

    const Secret retained =
        what.transform == PskTransform::none
            ? configured.duplicate()
            : extract_and_expand(configured, hash, "HostNQN", what.host_nqn, what.old_libnvme);
    const std::string number = hash == PskHash::sha256 ? "01" : "02";
    PresharedKey key;
    key.hash = hash;
    key.identity = "NVMe" + std::to_string(what.identity_version) + "R" + number + " " + what.host_nqn + " " +
                   what.subsystem_nqn;
    std::string context = key.identity;
    if (what.identity_version == 1) {
        const std::string checked = identity_digest(retained, hash, what);
        key.identity += " " + checked;
        context = number + " " + checked;
    }
    if (context.size() > longest_context)
        return Error{Stage::input, "nqn-too-long",
                     "both names together are too long for a key with an identity of version 0"}
            .with("limit", "246 characters with the blank between them")
            .with("seen", std::to_string(what.host_nqn.size() + 1 + what.subsystem_nqn.size()))
            .advise("use --identity-version 1 at both ends");
    key.secret = extract_and_expand(retained, hash, "nvme-tls-psk", context, what.old_libnvme);
    return key;
}

} // namespace rpctls::tls
