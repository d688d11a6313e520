// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/nvme_psk.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/psk_encoding.hpp"
#include "rpc/tls/gnutls_handles.hpp"

#include <gnutls/crypto.h>

#include <algorithm>
#include <new>

namespace rpctls::tls {

namespace {

constexpr std::size_t longest_nqn = 223;
constexpr std::size_t longest_context = 255;

gnutls_mac_algorithm_t mac(PskHash hash) {
    return hash == PskHash::sha256 ? GNUTLS_MAC_SHA256 : GNUTLS_MAC_SHA384;
}

std::size_t size_of(PskHash hash) {
    return hash == PskHash::sha256 ? 32 : 48;
}

/// None of these fails but for lack of memory, or where a crypto policy takes the hashes of TLS 1.3 away.
void must(int code) {
    if (code < 0)
        throw std::bad_alloc();
}

/// RFC 8446 section 7.1: what HKDF-Expand-Label hands to HKDF-Expand.
std::string hkdf_label(std::size_t length, std::string_view label, std::string_view context,
                       bool old_libnvme) {
    const auto octet = [](std::size_t value) { return static_cast<char>(value & 0xff); };
    const std::string whole_label = "tls13 " + std::string(label);
    std::string text;
    if (old_libnvme)
        return std::string{octet(length), octet(length >> 8)} + whole_label + std::string(context);
    text += octet(length >> 8);
    text += octet(length);
    text += octet(whole_label.size());
    text += whole_label;
    text += octet(context.size());
    text += context;
    return text;
}

/// HKDF-Expand-Label(HKDF-Extract(0, key), label, context, length of the hash).
Secret extract_and_expand(const Secret &key, PskHash hash, std::string_view label, std::string_view context,
                          bool old_libnvme) {
    Secret extracted(size_of(hash));
    Secret expanded(size_of(hash));
    const gnutls_datum_t input = borrow(key.bytes());
    const gnutls_datum_t salt{nullptr, 0};
    must(gnutls_hkdf_extract(mac(hash), &input, &salt, extracted.bytes().data()));
    const std::string info_text = hkdf_label(expanded.size(), label, context, old_libnvme);
    const gnutls_datum_t info = borrow(as_bytes(info_text));
    const gnutls_datum_t pseudorandom = borrow(extracted.bytes());
    must(gnutls_hkdf_expand(mac(hash), &pseudorandom, &info, expanded.bytes().data(), expanded.size()));
    return expanded;
}

/// Base64 of HMAC(retained key, "HOSTNQN SUBSYSNQN NVMe-over-Fabrics"): public, as it is a part of the identity.
std::string digest(const Secret &retained, PskHash hash, const NvmePsk &what) {
    const std::string text = what.host_nqn + " " + what.subsystem_nqn + " NVMe-over-Fabrics";
    std::string octets(size_of(hash), '\0');
    must(gnutls_hmac_fast(mac(hash), retained.bytes().data(), retained.size(), text.data(), text.size(),
                          octets.data()));
    const Secret encoded = keys::to_base64(as_bytes(octets));
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
        const std::string checked = digest(retained, hash, what);
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
