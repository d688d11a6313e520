// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpc/types.h>
#include <rpc/xdr.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace rpctls::wire {

/// libtirpc's XDR stream over memory that is not ours. Only calls that neither allocate nor keep pointers are
/// offered: those that do (xdr_bytes, xdr_opaque_auth, xdr_replymsg) leak on the error path unless XDR_FREE
/// is run by hand.
class XdrStream {
public:
    explicit XdrStream(std::span<std::byte> room) {
        ::xdrmem_create(&xdr_, reinterpret_cast<char *>(room.data()), static_cast<u_int>(room.size()),
                        XDR_ENCODE);
    }
    /// The octets are only read: XDR_DECODE does not write.
    explicit XdrStream(std::span<const std::byte> octets) {
        ::xdrmem_create(&xdr_, const_cast<char *>(reinterpret_cast<const char *>(octets.data())),
                        static_cast<u_int>(octets.size()), XDR_DECODE);
    }
    XdrStream(const XdrStream &) = delete;
    XdrStream &operator=(const XdrStream &) = delete;
    ~XdrStream() { XDR_DESTROY(&xdr_); }

    bool number(std::uint32_t &value) { return ::xdr_uint32_t(&xdr_, &value) != FALSE; }
    /// As many octets as `bytes` has, and the padding to the next word (RFC 4506 4.9).
    bool opaque(std::span<std::byte> bytes) {
        return ::xdr_opaque(&xdr_, reinterpret_cast<char *>(bytes.data()),
                            static_cast<u_int>(bytes.size())) != FALSE;
    }
    std::size_t position() { return XDR_GETPOS(&xdr_); }

private:
    XDR xdr_{};
};

} // namespace rpctls::wire
