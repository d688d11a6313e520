// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/identity_use.hpp"
#include "rpc/keys/keyring.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpctls/result.hpp"

#include <memory>
#include <string>

namespace rpctls::mount_helper {

/// The very credentials the agent will use for this mount. Errors: identity-unknown and those of Credentials::load().
Result<std::shared_ptr<const tls::Credentials>> load_credentials(const IdentityUse &use,
                                                                 const tls::Settings &settings);

/// The identity's keys on the kernel's keyring `.nfs`: put there from the store when missing, and brought up to date
/// when the store has another certificate by now. Errors (stage keyring): identity-unknown, nfs-keyring-missing.
Result<keys::IdentitySerials> serials_of(const std::string &name);

} // namespace rpctls::mount_helper
