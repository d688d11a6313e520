// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/file_range.hpp"

#include <rpc/rpc.h>

#include <cstddef>
#include <optional>

namespace rpctls::server {

/// Results of which a part lies in a file, for libtirpc a value with an XDR routine: what the program's own routines make,
/// and between them an opaque<>, whose octets are left out, to be sent from the file, or read.
class ResultsWithFile {
public:
    struct Part {
        xdrproc_t routine = nullptr; ///< may be null
        void *value = nullptr;
    };

    ResultsWithFile(Part head, FileRange file, Part tail)
        : head_(head), file_(std::move(file)), tail_(tail) {}

    /// The octets are to be among the others.
    void read_file() { reads_ = true; }
    /// The routine for a pointer to such results.
    static bool_t xdr(XDR *xdr, ...);

    const FileRange &file() const { return file_; }
    /// Where behind the record's mark its octets are missing; absent: nowhere.
    std::optional<std::size_t> file_at() const { return file_at_; }
    /// Why it could not be read.
    const std::optional<Error> &fault() const { return fault_; }

private:
    bool encode(XDR &xdr);
    bool copy_file(XDR &xdr);

    Part head_;
    FileRange file_;
    Part tail_;
    bool reads_ = false;
    std::optional<std::size_t> file_at_;
    std::optional<Error> fault_;
};

} // namespace rpctls::server
