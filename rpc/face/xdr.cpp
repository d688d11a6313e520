// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpctls/xdr.hpp"

#include "rpc/wire/record.hpp"
#include "rpc/wire/record_writer.hpp"

#include <climits>
#include <string>

namespace rpctls::detail {

Result<std::vector<std::byte>> encode_xdr(XdrVisit visit, const void *routine, void *value) {
    wire::RecordWriter writer;
    if (!visit(&writer.begin(), routine, value))
        return Error{Stage::input, "xdr-encode", "a value does not go into XDR by its routine"}.advise(
            "keep strings, arrays and unions within what the program's .x file allows");
    writer.end();
    const auto octets = writer.waiting().subspan(wire::record_mark_size);
    return std::vector<std::byte>(octets.begin(), octets.end());
}

Status decode_xdr(XdrVisit visit, const void *routine, std::span<const std::byte> octets, void *value) {
    XDR xdr{};
    if (octets.size() <= INT_MAX) {
        // It is only read: XDR_DECODE does not write.
        ::xdrmem_create(&xdr, const_cast<char *>(reinterpret_cast<const char *>(octets.data())),
                        static_cast<u_int>(octets.size()), XDR_DECODE);
        if (visit(&xdr, routine, value))
            return {};
        release_xdr(visit, routine, value);
    }
    return Error{Stage::rpc, "xdr-decode", "octets in XDR do not hold what was expected"}
        .with("octets", std::to_string(octets.size()))
        .advise("check that both ends have the same version of the program's .x file");
}

void release_xdr(XdrVisit visit, const void *routine, void *value) {
    XDR xdr{};
    xdr.x_op = XDR_FREE;
    (void)visit(&xdr, routine, value);
}

} // namespace rpctls::detail
