// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace rpctls::kernel {

/// The number of threads in the text of /proc/net/rpc/nfsd (line `th`); 0 when it does not say. Pure.
std::size_t parse_nfsd_threads(std::string_view text);

/// How many threads this network namespace's NFS server has; 0 when none runs.
std::size_t nfsd_threads();

} // namespace rpctls::kernel
