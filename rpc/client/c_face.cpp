// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpctls/rpctls.h"

#include "rpc/base/text.hpp"
#include "rpc/client/preflight.hpp"
#include "rpc/face/error.hpp"
#include "rpc/face/material.hpp"

#include <memory>
#include <string>

using namespace rpctls;
using namespace rpctls::face;

struct rpctls_probe_result {
    client::PreflightReport report;
    std::string alpn;
    std::string peer_subject;
    std::string peer_issuer;
};

namespace {

int run_probe(client::PreflightRequest request, const rpctls_params &params, rpctls_probe_result **result) {
    if (!params.psks.empty())
        return senseless("rpctls_probe shakes hands by certificate: leave out the pre-shared keys");
    auto credentials = face::load_credentials(params);
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
