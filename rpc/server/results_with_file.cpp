// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/results_with_file.hpp"

#include "rpc/base/file_sender.hpp"

#include <cstdarg>
#include <cstdint>
#include <exception>

namespace rpctls::server {

namespace {

bool put(XDR &xdr, const ResultsWithFile::Part &part) {
    return part.routine == nullptr || (*part.routine)(&xdr, part.value) != FALSE;
}

bool put(XDR &xdr, std::span<const std::byte> octets) {
    return XDR_PUTBYTES(&xdr, reinterpret_cast<const char *>(octets.data()),
                        static_cast<u_int>(octets.size())) != FALSE;
}

} // namespace

bool_t ResultsWithFile::xdr(XDR *xdr, ...) {
    va_list arguments;
    va_start(arguments, xdr);
    auto *self = va_arg(arguments, ResultsWithFile *);
    va_end(arguments);
    try {
        return self->encode(*xdr) ? TRUE : FALSE;
    } catch (const std::exception &) {
        return FALSE; // nothing may be thrown through libtirpc
    }
}

bool ResultsWithFile::encode(XDR &xdr) {
    auto size = static_cast<std::uint32_t>(file_.size());
    if (!put(xdr, head_) || ::xdr_uint32_t(&xdr, &size) == FALSE)
        return false;
    if (!reads_)
        file_at_ = XDR_GETPOS(&xdr);
    else if (!copy_file(xdr))
        return false;
    constexpr std::byte padding[3]{};
    return put(xdr, std::span(padding).first((4 - size % 4) % 4)) && put(xdr, tail_);
}

bool ResultsWithFile::copy_file(XDR &xdr) {
    FileWindow window;
    for (std::size_t done = 0; done < file_.size();) {
        const auto octets = window.next(file_.behind(done));
        if (!octets)
            fault_ = octets.error();
        if (!octets || !put(xdr, *octets))
            return false;
        done += octets->size();
        window.taken(octets->size());
    }
    return true;
}

} // namespace rpctls::server
