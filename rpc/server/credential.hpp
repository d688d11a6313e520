// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/wire/message.hpp"
#include "rpctls/call.hpp"

#include <variant>

namespace rpctls::server {

/// Whom a call's credential names, or the auth_stat that it is denied with.
std::variant<Credential, std::uint32_t> read_credential(const wire::OpaqueAuth &auth);

} // namespace rpctls::server
