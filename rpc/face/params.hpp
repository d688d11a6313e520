// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/face/serving.hpp"
#include "rpc/keys/keyring.hpp"
#include "rpc/tls/channel.hpp"
#include "rpc/tls/credentials.hpp"
#include "rpc/tls/resumption.hpp"
#include "rpctls/rpctls.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rpctls::face {

/// A key by what is to be read: the key itself is in memory only while it is in use.
struct PskSource {
    struct File {
        std::string identity;
        std::string path;
    };
    std::variant<File, keys::Serial> from;
    enum rpctls_psk_hash hash = RPCTLS_PSK_HASH_BY_LENGTH;
};

} // namespace rpctls::face

/// What the setters of rpctls.h have said.
struct rpctls_params {
    std::optional<std::string> truststore;
    std::optional<std::string> crl;
    std::optional<rpctls::tls::IdentityFiles> identity;
    std::vector<rpctls::face::PskSource> psks;
    std::optional<std::string> server_name;
    std::chrono::milliseconds timeout{8000};
    bool strict_alpn = false;
    enum rpctls_policy policy = RPCTLS_POLICY_TLS;
    std::vector<std::string> server_pins;
    std::optional<std::uint16_t> port; ///< 0: rpcbind knows it
    rpctls::tls::KtlsUse ktls = rpctls::tls::KtlsUse::if_possible;
    std::chrono::seconds resumption{0}; ///< for how long; 0: never
    std::shared_ptr<rpctls::tls::TicketStore>
        tickets; ///< a client's; of all that uses these parameters or a copy
    rpctls::face::Serving serving{};
    std::vector<std::pair<std::string, std::shared_ptr<const rpctls_params>>> choices; ///< by label
};
