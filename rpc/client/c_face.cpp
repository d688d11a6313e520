// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpctls/rpctls.h"

#include "rpc/base/text.hpp"
#include "rpc/client/c_error.hpp"
#include "rpc/client/preflight.hpp"
#include "rpc/tls/credentials.hpp"

#include <memory>
#include <optional>
#include <string>

using namespace rpctls;
using namespace rpctls::client::c_face;

struct rpctls_params {
    std::optional<std::string> truststore;
    std::optional<tls::IdentityFiles> identity;
    std::optional<std::string> server_name;
    std::chrono::milliseconds timeout{8000};
    bool strict_alpn = false;
};

struct rpctls_probe_result {
    client::PreflightReport report;
    std::string alpn;
    std::string peer_subject;
    std::string peer_issuer;
};

namespace {

Result<std::shared_ptr<const tls::Credentials>> load(const rpctls_params &params) {
    tls::CredentialSources sources;
    if (params.truststore)
        sources.truststore = *params.truststore;
    if (params.identity)
        sources.identity = *params.identity;
    return tls::Credentials::load(std::move(sources));
}

int run_probe(client::PreflightRequest request, const rpctls_params &params, rpctls_probe_result **result) {
    auto credentials = load(params);
    if (!credentials)
        return failed(credentials.error());
    request.credentials = std::move(*credentials);
    request.present_identity = params.identity.has_value();
    request.server_name = params.server_name;
    request.timeout = params.timeout;
    request.stage_timeout = params.timeout / 2;
    request.alpn = params.strict_alpn ? tls::AlpnPolicy::strict : tls::AlpnPolicy::compatible;
    auto probe = std::make_unique<rpctls_probe_result>();
    probe->report = client::preflight(request);
    if (!probe->report.session)
        probe->report.session.emplace(); // the getters then answer "nothing" without asking twice
    const tls::SessionFacts &session = *probe->report.session;
    probe->alpn = printable(session.alpn.value_or(""));
    if (!session.peer_chain.empty()) {
        probe->peer_subject = printable(session.peer_chain.front().subject);
        probe->peer_issuer = printable(session.peer_chain.front().issuer);
    }
    const int outcome = probe->report.failure ? failed(*probe->report.failure) : 0;
    *result = probe.release();
    return outcome;
}

} // namespace

const char *rpctls_version(void) {
    return PACKAGE_VERSION;
}

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

int rpctls_probe(const char *host, uint16_t port, uint32_t program, uint32_t version,
                 const rpctls_params *params, rpctls_probe_result **result) {
    if (result != nullptr)
        *result = nullptr;
    return guarded([&] {
        if (host == nullptr || *host == '\0' || port == 0 || result == nullptr)
            return senseless("rpctls_probe needs a host, a port and a place for the result");
        client::PreflightRequest request;
        request.host = host;
        request.port = port;
        request.program = program;
        request.version = version;
        return run_probe(std::move(request), params != nullptr ? *params : rpctls_params(), result);
    });
}

void rpctls_probe_free(rpctls_probe_result *probe) {
    const std::unique_ptr<rpctls_probe_result> owner(probe);
}

enum rpctls_offer rpctls_probe_offer(const rpctls_probe_result *probe) {
    switch (probe->report.offer) {
    case client::TlsOffer::offered:
        return RPCTLS_OFFER_YES;
    case client::TlsOffer::not_offered:
        return RPCTLS_OFFER_NO;
    case client::TlsOffer::refused:
        return RPCTLS_OFFER_REFUSED;
    case client::TlsOffer::unknown:
        break;
    }
    return RPCTLS_OFFER_UNKNOWN;
}

const char *rpctls_probe_address(const rpctls_probe_result *probe) {
    return probe->report.address.c_str();
}

const char *rpctls_probe_tls_version(const rpctls_probe_result *probe) {
    return probe->report.session->version.c_str();
}

const char *rpctls_probe_cipher(const rpctls_probe_result *probe) {
    return probe->report.session->cipher.c_str();
}

const char *rpctls_probe_group(const rpctls_probe_result *probe) {
    return probe->report.session->group.c_str();
}

const char *rpctls_probe_alpn(const rpctls_probe_result *probe) {
    return probe->report.session->alpn ? probe->alpn.c_str() : nullptr;
}

const char *rpctls_probe_peer_subject(const rpctls_probe_result *probe) {
    return probe->peer_subject.c_str();
}

const char *rpctls_probe_peer_issuer(const rpctls_probe_result *probe) {
    return probe->peer_issuer.c_str();
}

int rpctls_probe_peer_verified(const rpctls_probe_result *probe) {
    return probe->report.session->peer_authenticated;
}

int rpctls_probe_certificate_requested(const rpctls_probe_result *probe) {
    return probe->report.session->certificate_requested;
}

int rpctls_probe_certificate_sent(const rpctls_probe_result *probe) {
    return probe->report.session->certificate_sent;
}

int rpctls_probe_answered(const rpctls_probe_result *probe) {
    return probe->report.null_call_answered;
}
