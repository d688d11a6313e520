// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpc/types.h>
#include <rpc/xdr.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rpctls::wire {

/// libtirpc's XDR stream for encoding into octets that grow, so that a message is encoded once, whatever its size, and
/// lies in one piece. What XDR routines are given a pointer to stays valid until the next thing is put.
class XdrWriter {
public:
    /// Appends to `octets`, which stay the caller's, up to `limit` octets in all; behind that encoding fails.
    XdrWriter(std::vector<std::byte> &octets, std::size_t limit);
    XdrWriter(const XdrWriter &) = delete;
    XdrWriter &operator=(const XdrWriter &) = delete;

    XDR *get() { return &xdr_; }

private:
    static bool_t put_long(XDR *xdr, const long *value);
    static bool_t put_bytes(XDR *xdr, const char *bytes, u_int size);
    static u_int position(XDR *xdr);
    static bool_t set_position(XDR *xdr, u_int position);
    static std::int32_t *inline_room(XDR *xdr, u_int size);

    std::byte *append(std::size_t size) noexcept;

    std::vector<std::byte> &octets_;
    std::size_t origin_;
    std::size_t limit_;
    XDR xdr_{};
};

} // namespace rpctls::wire
