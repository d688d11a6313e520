// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/message.hpp"
#include "rpctls/connection.hpp"
#include "rpctls/xdr.hpp"

namespace rpctls {

namespace {

/// RFC 5531 appendix A.
constexpr std::size_t most_groups = 16, longest_machine = 255;

bool_t claim_routine(XDR *xdr, AuthSys *claim) {
    char *machine = claim->machine.data();
    auto count = static_cast<u_int>(claim->gids.size());
    bool fits = ::xdr_u_int32_t(xdr, &claim->stamp) && ::xdr_string(xdr, &machine, longest_machine) &&
                ::xdr_u_int32_t(xdr, &claim->uid) && ::xdr_u_int32_t(xdr, &claim->gid) &&
                ::xdr_u_int(xdr, &count);
    for (std::uint32_t &gid : claim->gids)
        fits = fits && ::xdr_u_int32_t(xdr, &gid);
    return fits ? TRUE : FALSE;
}

} // namespace

Result<CallCredential> make_credential(const AuthSys &claim) {
    const auto invalid = [](std::string what) {
        return Error{Stage::input, "credential-invalid", std::move(what)};
    };
    if (claim.machine.size() > longest_machine || claim.machine.find('\0') != std::string::npos)
        return invalid("AUTH_SYS takes a machine's name of at most 255 octets")
            .with("octets", std::to_string(claim.machine.size()));
    if (claim.gids.size() > most_groups)
        return invalid("AUTH_SYS takes at most 16 groups").with("groups", std::to_string(claim.gids.size()));
    auto body = encode(claim_routine, claim);
    if (!body)
        return std::move(body).error();
    return CallCredential{.flavor = wire::auth_flavor_sys, .body = std::move(*body)};
}

} // namespace rpctls
