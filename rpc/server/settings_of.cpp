// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/settings_of.hpp"

#include "rpc/base/text.hpp"
#include "rpc/face/material.hpp"

#include <cstdio>

namespace rpctls::server {

namespace {

TlsPolicy policy_of(enum rpctls_policy policy) {
    switch (policy) {
    case RPCTLS_POLICY_NONE:
        return TlsPolicy::none;
    case RPCTLS_POLICY_OPPORTUNISTIC:
        return TlsPolicy::opportunistic;
    case RPCTLS_POLICY_TLS:
        return TlsPolicy::required;
    case RPCTLS_POLICY_MTLS:
        break;
    }
    return TlsPolicy::mutual;
}

void write_to_standard_error(const std::string &line) {
    (void)std::fprintf(stderr, "rpctls: %s\n", line.c_str());
}

/// Ticket keys are as new as what was loaded: no ticket is taken by what it was not given by.
Result<SvcMaterial> load_material(const rpctls_params &params, std::chrono::seconds resumption) {
    auto credentials = face::load_credentials(params);
    if (!credentials)
        return std::move(credentials).error();
    auto psks = face::load_psks(params);
    if (!psks)
        return std::move(psks).error();
    std::shared_ptr<tls::TicketKeys> ticket_keys;
    if (resumption.count() > 0)
        ticket_keys = std::make_shared<tls::TicketKeys>(tls::TicketKeys::Limits{.lifetime = resumption});
    return SvcMaterial{std::move(*credentials), std::move(*psks), std::move(ticket_keys),
                       params.policy == RPCTLS_POLICY_MTLS};
}

Result<std::shared_ptr<const SvcSnapshot>> load_all(const rpctls_params &params) {
    auto snapshot = std::make_shared<SvcSnapshot>();
    auto own = load_material(params, params.resumption);
    if (!own)
        return std::move(own).error();
    snapshot->own = std::move(*own);
    for (const auto &[label, choice] : params.choices) {
        auto material = load_material(*choice, params.resumption);
        if (!material)
            return std::move(material).error().with("choice", printable(label));
        snapshot->choices.insert_or_assign(label, std::move(*material));
    }
    return std::shared_ptr<const SvcSnapshot>(std::move(snapshot));
}

using Label = std::optional<std::string>;

SvcSelect selection_of(const rpctls_params &params) {
    const face::Serving &serving = params.serving;
    if (serving.select == nullptr)
        // The labels are the names; whoever asks for none of them gets what the server has for everybody.
        return [](const SvcSnapshot &snapshot, const Label &name) -> Result<Label> {
            return name && snapshot.choices.count(*name) != 0 ? name : Label();
        };
    return [select = serving.select, context = serving.select_context](const SvcSnapshot &,
                                                                       const Label &name) -> Result<Label> {
        const char *label = select(context, name ? name->c_str() : nullptr);
        if (label == nullptr)
            return Error{Stage::handshake, "server-name-refused", "the program refuses this name"}.with(
                "name", name ? printable(*name) : "none");
        return *label != '\0' ? Label(lower_case(label)) : Label();
    };
}

} // namespace

SvcSettings settings_of(const rpctls_params &params) {
    const face::Serving &serving = params.serving;
    SvcSettings settings;
    settings.policy = policy_of(params.policy);
    settings.load = [params] { return load_all(params); };
    settings.select = selection_of(params);
    settings.alpn = params.strict_alpn ? tls::AlpnPolicy::strict : tls::AlpnPolicy::compatible;
    settings.ktls = params.ktls;
    settings.limits = {.connections = serving.connections,
                       .connections_per_peer = serving.connections_per_peer,
                       .unfinished_handshakes_per_peer = serving.unfinished_handshakes_per_peer,
                       .largest_record = serving.largest_record,
                       .handshake = serving.handshake,
                       .idle = serving.idle,
                       .stall = serving.stall,
                       .drain = serving.drain};
    settings.log = write_to_standard_error;
    if (serving.log != nullptr)
        settings.log = [log = serving.log, context = serving.log_context](const std::string &line) {
            log(context, line.c_str());
        };
    return settings;
}

} // namespace rpctls::server
