// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/session.hpp"
#include "rpctls/result.hpp"

#include <string_view>
#include <vector>

namespace rpctls::tls {

/// "AES-128-GCM", …
std::string_view to_string(KtlsCipher cipher);

/// The ciphers that the kernel's TLS takes, found out by giving it a key of each on a connection of the loopback
/// interface that carries nothing. Loads the modules, as a handshake's end would. Errors (stage kernel):
/// ktls-unavailable; ktls-untried when no such connection can be made.
Result<std::vector<KtlsCipher>> kernel_ciphers();

} // namespace rpctls::tls
