// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpctls/api.h>
#include <rpctls/result.hpp>

#include <rpc/types.h>
#include <rpc/xdr.h>

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

/// Arguments and results as octets (RFC 4506), by the routines that rpcgen(1) writes and libtirpc has.
namespace rpctls {

namespace detail {
using XdrVisit = bool (*)(XDR *xdr, const void *routine, void *value);
RPCTLS_API Result<std::vector<std::byte>> encode_xdr(XdrVisit visit, const void *routine, void *value);
RPCTLS_API Status decode_xdr(XdrVisit visit, const void *routine, std::span<const std::byte> octets,
                             void *value);
RPCTLS_API void release_xdr(XdrVisit visit, const void *routine, void *value);

template <class T>
bool visit_xdr(XDR *xdr, const void *routine, void *value) {
    return (*static_cast<bool_t (*const *)(XDR *, T *)>(routine))(xdr, static_cast<T *>(value)) != FALSE;
}
} // namespace detail

/// `value` in XDR, by its routine: encode(xdr_tally_args, arguments). The value is only read. Any thread may call it.
/// Errors (stage input): xdr-encode: the routine refuses the value (a string beyond its bound, a union without such an
/// arm), or it needs 2 GiB or more.
template <class T>
Result<std::vector<std::byte>> encode(bool_t (*routine)(XDR *, T *), const std::type_identity_t<T> &value) {
    return detail::encode_xdr(detail::visit_xdr<T>, &routine, const_cast<T *>(&value));
}

/// The value that begins `octets`; octets behind it are passed over, as libtirpc does. `value` must be zero, as T{} is,
/// or have room of its own where its type has pointers; what the routine allocates is the caller's, to be given back
/// with release(). After an error nothing is left allocated. A routine bounds what it allocates by what the program's
/// .x file says: give every string<>, opaque<> and array<> of a peer's a bound there. Any thread may call it.
/// Errors (stage rpc): xdr-decode: the octets do not hold such a value.
template <class T>
Status decode(bool_t (*routine)(XDR *, T *), std::span<const std::byte> octets,
              std::type_identity_t<T> &value) {
    return detail::decode_xdr(detail::visit_xdr<T>, &routine, octets, &value);
}

/// Gives back what decode() has allocated for `value` (XDR_FREE).
template <class T>
void release(bool_t (*routine)(XDR *, T *), std::type_identity_t<T> &value) {
    detail::release_xdr(detail::visit_xdr<T>, &routine, &value);
}

} // namespace rpctls
