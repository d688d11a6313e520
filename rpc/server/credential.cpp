// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/credential.hpp"

#include "rpc/base/text.hpp"
#include "rpc/wire/xdr.hpp"

#include <array>

namespace rpctls::server {

namespace {

constexpr std::uint32_t longest_machine_name = 255;
constexpr std::uint32_t most_groups = 16;

/// RFC 5531 appendix A: absent when the body is not exactly that.
std::optional<AuthSys> read_auth_sys(std::span<const std::byte> body) {
    wire::XdrStream xdr(body);
    AuthSys sys;
    std::uint32_t size = 0, count = 0;
    if (!xdr.number(sys.stamp) || !xdr.number(size) || size > longest_machine_name)
        return std::nullopt;
    std::array<std::byte, longest_machine_name> name;
    const auto octets = std::span(name).first(size);
    if (!xdr.opaque(octets))
        return std::nullopt;
    sys.machine = as_text(octets);
    if (!xdr.number(sys.uid) || !xdr.number(sys.gid) || !xdr.number(count) || count > most_groups)
        return std::nullopt;
    sys.gids.resize(count);
    for (std::uint32_t &gid : sys.gids)
        if (!xdr.number(gid))
            return std::nullopt;
    return xdr.position() == body.size() ? std::optional(std::move(sys)) : std::nullopt;
}

} // namespace

std::variant<Credential, std::uint32_t> read_credential(const wire::OpaqueAuth &auth) {
    switch (auth.flavor) {
    case wire::auth_flavor_none:
        return Credential{};
    case wire::auth_flavor_sys:
        if (auto sys = read_auth_sys(auth.body))
            return Credential{auth.flavor, std::move(sys)};
        return wire::auth_badcred;
    default:
        return wire::auth_rejectedcred;
    }
}

} // namespace rpctls::server
