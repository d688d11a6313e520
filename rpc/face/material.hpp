// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/face/params.hpp"
#include "rpc/tls/psk_set.hpp"
#include "rpctls/result.hpp"

#include <memory>

namespace rpctls::face {

/// What parameters name, read now. Errors: those of Credentials::load().
Result<std::shared_ptr<const tls::Credentials>> load_credentials(const rpctls_params &params);

/// Absent without keys. Errors: those of read_secret_file(), keys::parse_psk(), keys::read_psk() and tls::PskSet::make().
Result<std::shared_ptr<const tls::PskSet>> load_psks(const rpctls_params &params);

} // namespace rpctls::face
