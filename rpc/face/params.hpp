// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/face/serving.hpp"
#include "rpc/tls/channel.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpctls/result.hpp"
#include "rpctls/rpctls.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What the setters of rpctls.h have said.
struct rpctls_params {
    std::optional<std::string> truststore;
    std::optional<std::string> crl;
    std::optional<rpctls::tls::IdentityFiles> identity;
    std::optional<std::string> server_name;
    std::chrono::milliseconds timeout{8000};
    bool strict_alpn = false;
    enum rpctls_policy policy = RPCTLS_POLICY_TLS;
    std::vector<std::string> server_pins;
    std::optional<std::uint16_t> port; ///< 0: rpcbind knows it
    rpctls::tls::KtlsUse ktls = rpctls::tls::KtlsUse::if_possible;
    rpctls::face::Serving serving{};
};

namespace rpctls::face {

/// The files that the parameters name, read now.
Result<std::shared_ptr<const tls::Credentials>> load_credentials(const rpctls_params &params);

} // namespace rpctls::face
