// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/face/params.hpp"

#include "rpc/face/error.hpp"
#include "rpc/keys/psk.hpp"
#include "rpc/tls/server_pins.hpp"

using namespace rpctls;
using namespace rpctls::face;

rpctls_params *rpctls_params_new(void) {
    rpctls_params *params = nullptr;
    (void)guarded([&] {
        params = std::make_unique<rpctls_params>().release();
        return 0;
    });
    return params;
}

void rpctls_params_free(rpctls_params *params) {
    const std::unique_ptr<rpctls_params> owner(params);
}

int rpctls_params_set_truststore(rpctls_params *params, const char *path) {
    return guarded([&] {
        if (params == nullptr || (path != nullptr && *path == '\0'))
            return senseless("rpctls_params_set_truststore needs parameters and, unless NULL, a path");
        params->truststore = path != nullptr ? std::optional<std::string>(path) : std::nullopt;
        return 0;
    });
}

int rpctls_params_set_identity_files(rpctls_params *params, const char *certificate,
                                     const char *private_key) {
    return guarded([&] {
        if (params == nullptr || (certificate == nullptr) != (private_key == nullptr))
            return senseless(
                "rpctls_params_set_identity_files needs a certificate and its private key, or neither");
        if (certificate == nullptr)
            params->identity.reset();
        else
            params->identity = tls::IdentityFiles{certificate, private_key};
        return 0;
    });
}

int rpctls_params_set_server_name(rpctls_params *params, const char *name) {
    return guarded([&] {
        if (params == nullptr || (name != nullptr && *name == '\0'))
            return senseless("rpctls_params_set_server_name needs parameters and, unless NULL, a name");
        params->server_name = name != nullptr ? std::optional<std::string>(name) : std::nullopt;
        return 0;
    });
}

int rpctls_params_set_timeout(rpctls_params *params, uint32_t milliseconds) {
    return guarded([&] {
        if (params == nullptr || milliseconds == 0 || milliseconds > 3600000)
            return senseless("rpctls_params_set_timeout needs parameters and 1 to 3600000 ms");
        params->timeout = std::chrono::milliseconds(milliseconds);
        return 0;
    });
}

int rpctls_params_set_strict_alpn(rpctls_params *params, int strict) {
    return guarded([&] {
        if (params == nullptr)
            return senseless("rpctls_params_set_strict_alpn needs parameters");
        params->strict_alpn = strict != 0;
        return 0;
    });
}

int rpctls_params_set_policy(rpctls_params *params, enum rpctls_policy policy) {
    return guarded([&] {
        if (params == nullptr || policy < RPCTLS_POLICY_NONE || policy > RPCTLS_POLICY_MTLS)
            return senseless("rpctls_params_set_policy needs parameters and one of RPCTLS_POLICY_");
        params->policy = policy;
        return 0;
    });
}

int rpctls_params_set_ktls(rpctls_params *params, enum rpctls_ktls use) {
    return guarded([&] {
        if (params == nullptr || use < RPCTLS_KTLS_NEVER || use > RPCTLS_KTLS_REQUIRED)
            return senseless("rpctls_params_set_ktls needs parameters and one of RPCTLS_KTLS_");
        params->ktls = use == RPCTLS_KTLS_NEVER      ? tls::KtlsUse::never
                       : use == RPCTLS_KTLS_REQUIRED ? tls::KtlsUse::required
                                                     : tls::KtlsUse::if_possible;
        return 0;
    });
}

int rpctls_params_set_resumption(rpctls_params *params, uint32_t seconds) {
    return guarded([&] {
        constexpr uint32_t longest = 7 * 24 * 3600; // RFC 8446 4.6.1
        if (params == nullptr || seconds > longest)
            return senseless("rpctls_params_set_resumption needs parameters and 0 to 604800 s");
        const std::chrono::seconds lifetime(seconds);
        params->tickets =
            seconds > 0 ? std::make_shared<tls::TicketStore>(tls::TicketStore::Limits{.lifetime = lifetime})
                        : nullptr;
        params->resumption = lifetime;
        return 0;
    });
}

int rpctls_params_set_port(rpctls_params *params, uint16_t port) {
    return guarded([&] {
        if (params == nullptr)
            return senseless("rpctls_params_set_port needs parameters");
        params->port = port;
        return 0;
    });
}

int rpctls_params_add_server_pin(rpctls_params *params, const char *pin) {
    return guarded([&] {
        if (params == nullptr || pin == nullptr)
            return senseless("rpctls_params_add_server_pin needs parameters and a pin");
        auto parsed = tls::parse_pin(pin);
        if (!parsed)
            return failed(parsed.error());
        params->server_pins.push_back(std::move(*parsed));
        return 0;
    });
}

namespace {

int add_psk(rpctls_params *params, PskSource source, const char *name) {
    const auto hash = source.hash;
    if (params == nullptr || hash < RPCTLS_PSK_HASH_BY_LENGTH || hash > RPCTLS_PSK_HASH_SHA384)
        return senseless(std::string(name) + " needs parameters and one of RPCTLS_PSK_HASH_");
    params->psks.push_back(std::move(source));
    return 0;
}

} // namespace

int rpctls_params_add_psk_file(rpctls_params *params, const char *identity, const char *path,
                               enum rpctls_psk_hash hash) {
    return guarded([&] {
        if (identity == nullptr || !keys::can_be_psk_identity(identity) || path == nullptr || *path == '\0')
            return senseless("rpctls_params_add_psk_file needs an identity of 1 to " +
                             std::to_string(tls::longest_psk_identity) +
                             " printable ASCII characters and a path");
        return add_psk(params, {PskSource::File{identity, path}, hash}, "rpctls_params_add_psk_file");
    });
}

int rpctls_params_add_psk_key(rpctls_params *params, int32_t serial, enum rpctls_psk_hash hash) {
    return guarded([&] {
        if (serial <= 0)
            return senseless("rpctls_params_add_psk_key needs the serial number of a key");
        return add_psk(params, {keys::Serial{serial}, hash}, "rpctls_params_add_psk_key");
    });
}
