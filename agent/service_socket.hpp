// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"
#include "rpctls/result.hpp"

#include <vector>

namespace rpctls::agent {

/// The one descriptor of a request, if it is a connected TCP socket. `lost`: there were more, or none could be taken.
/// Errors: socket-unsuitable (stage input); descriptors-exhausted (stage kernel).
Result<Fd> service_socket(std::vector<Fd> descriptors, bool lost);

} // namespace rpctls::agent
