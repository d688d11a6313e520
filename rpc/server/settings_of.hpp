// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/svc_settings.hpp"

struct rpctls_params;

namespace rpctls::server {

/// What the parameters of rpctls.h say of a server.
SvcSettings settings_of(const rpctls_params &params);

} // namespace rpctls::server
