// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/setup/bundle_input.hpp"
#include "tlsctl/setup/steps.hpp"

#include <memory>
#include <string>

namespace rpctls::tlsctl {

/// The bundle's certificate and key as an identity of that name: in the store and, where there is one, on the keyring. A
/// bundle with a later certificate of the same subject and issuer renews the identity; one with an earlier leaves it.
/// look() gives identity-exists (stage keyring) when the name is taken.
Step identity_step(std::shared_ptr<const Bundle> bundle, const std::string &name, const Context &context);

} // namespace rpctls::tlsctl
