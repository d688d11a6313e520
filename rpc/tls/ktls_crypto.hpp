// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpc/tls/session.hpp"

namespace rpctls::tls {

/// The octets of linux/tls.h's struct tls12_crypto_info_* for these keys, as TLS_TX and TLS_RX take them. Error (stage
/// kernel): ktls-failed, when the key does not have its cipher's length.
Result<Secret> kernel_crypto_info(const TrafficKeys &keys);

} // namespace rpctls::tls
