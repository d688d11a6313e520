// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/psk.hpp"

#include "rpc/tls/priority.hpp"
#include "rpc/tls/psk_impl.hpp"

namespace rpctls::tls {

namespace {

constexpr std::size_t nvme_prefix_size = 8; ///< "NVMe0R01"

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_nvme(std::string_view identity) {
    return identity.size() > nvme_prefix_size && identity.starts_with("NVMe") && is_digit(identity[4]) &&
           is_digit(identity[6]) && is_digit(identity[7]) && identity[nvme_prefix_size] == ' ';
}

Error invalid(std::string what) {
    return Error{Stage::keyring, "psk-invalid", std::move(what)};
}

} // namespace

std::string_view to_string(PskHash hash) {
    return hash == PskHash::sha256 ? "SHA-256" : "SHA-384";
}

Result<PskHash> psk_hash(std::string_view identity, std::size_t secret_size) {
    if (secret_size < shortest_psk)
        return invalid("the pre-shared key is too short to keep anything secret")
            .with("expected", std::to_string(shortest_psk) + " octets at least")
            .with("seen", std::to_string(secret_size))
            .advise("make one with tlsctl psk generate, and give it to both ends");
    const PskHash by_size = secret_size == 48 ? PskHash::sha384 : PskHash::sha256;
    if (!is_nvme(identity))
        return by_size;
    const std::string_view digits = identity.substr(6, 2);
    if (digits != "01" && digits != "02")
        return invalid("the identity of the NVMe pre-shared key names an unknown hash")
            .with("expected", "01 or 02")
            .with("seen", std::string(digits));
    const PskHash hash = digits == "01" ? PskHash::sha256 : PskHash::sha384;
    const std::size_t size = hash == PskHash::sha256 ? 32 : 48;
    if (secret_size != size)
        return invalid("the NVMe pre-shared key is not as long as its identity says")
            .with("hash", std::string(to_string(hash)))
            .with("expected", std::to_string(size) + " octets")
            .with("seen", std::to_string(secret_size))
            .advise("insert the key again with nvme gen-tls-key --insert, or nvme check-tls-key --insert");
    return hash;
}

PskPolicy::PskPolicy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PskPolicy::~PskPolicy() = default;

std::shared_ptr<const PskPolicy> PskPolicy::load() {
    return std::shared_ptr<const PskPolicy>(new PskPolicy(std::make_unique<Impl>(Impl{
        make_psk_priority(PskHash::sha256), make_psk_priority(PskHash::sha384), make_psk_priority({})})));
}

} // namespace rpctls::tls
