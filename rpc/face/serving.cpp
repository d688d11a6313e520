// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/face/serving.hpp"

#include "rpc/base/text.hpp"
#include "rpc/face/error.hpp"
#include "rpc/face/params.hpp"

using namespace rpctls;
using namespace rpctls::face;

namespace {

constexpr std::uint32_t longest_time = 3600000;
constexpr std::uint32_t smallest_record = 1024, largest_record = 1 << 30;

int set_time(rpctls_params *params, std::chrono::milliseconds Serving::*which, std::uint32_t milliseconds,
             bool may_be_zero, const char *name) {
    return guarded([&] {
        if (params == nullptr || (milliseconds == 0 && !may_be_zero) || milliseconds > longest_time)
            return senseless(std::string(name) + " needs parameters and " + (may_be_zero ? "0" : "1") +
                             " to 3600000 ms");
        params->serving.*which = std::chrono::milliseconds(milliseconds);
        return 0;
    });
}

} // namespace

int rpctls_params_set_connection_limits(rpctls_params *params, uint32_t all, uint32_t per_peer) {
    return guarded([&] {
        if (params == nullptr || all == 0 || per_peer == 0)
            return senseless(
                "rpctls_params_set_connection_limits needs parameters and at least 1 connection");
        params->serving.connections = all;
        params->serving.connections_per_peer = per_peer;
        return 0;
    });
}

int rpctls_params_set_handshake_limit(rpctls_params *params, uint32_t unfinished_per_peer) {
    return guarded([&] {
        if (params == nullptr || unfinished_per_peer == 0)
            return senseless("rpctls_params_set_handshake_limit needs parameters and at least 1 handshake");
        params->serving.unfinished_handshakes_per_peer = unfinished_per_peer;
        return 0;
    });
}

int rpctls_params_set_record_limit(rpctls_params *params, uint32_t octets) {
    return guarded([&] {
        if (params == nullptr || octets < smallest_record || octets > largest_record)
            return senseless("rpctls_params_set_record_limit needs parameters and 1024 to 1073741824 octets");
        params->serving.largest_record = octets;
        return 0;
    });
}

int rpctls_params_set_handshake_timeout(rpctls_params *params, uint32_t milliseconds) {
    return set_time(params, &Serving::handshake, milliseconds, false, "rpctls_params_set_handshake_timeout");
}

int rpctls_params_set_idle_timeout(rpctls_params *params, uint32_t milliseconds) {
    return set_time(params, &Serving::idle, milliseconds, true, "rpctls_params_set_idle_timeout");
}

int rpctls_params_set_stall_timeout(rpctls_params *params, uint32_t milliseconds) {
    return set_time(params, &Serving::stall, milliseconds, false, "rpctls_params_set_stall_timeout");
}

int rpctls_params_set_drain_timeout(rpctls_params *params, uint32_t milliseconds) {
    return set_time(params, &Serving::drain, milliseconds, false, "rpctls_params_set_drain_timeout");
}

int rpctls_params_set_log(rpctls_params *params, void (*log)(void *context, const char *line),
                          void *context) {
    return guarded([&] {
        if (params == nullptr)
            return senseless("rpctls_params_set_log needs parameters");
        params->serving.log = log;
        params->serving.log_context = context;
        return 0;
    });
}

int rpctls_params_set_selection(rpctls_params *params,
                                const char *(*select)(void *context, const char *server_name),
                                void *context) {
    return guarded([&] {
        if (params == nullptr)
            return senseless("rpctls_params_set_selection needs parameters");
        params->serving.select = select;
        params->serving.select_context = context;
        return 0;
    });
}

int rpctls_params_add_choice(rpctls_params *params, const char *label, const rpctls_params *choice) {
    return guarded([&] {
        if (params == nullptr || label == nullptr || *label == '\0' || choice == nullptr || choice == params)
            return senseless("rpctls_params_add_choice needs parameters, a label and other parameters");
        const std::string name = lower_case(label);
        for (const auto &entry : params->choices)
            if (entry.first == name)
                return senseless("rpctls_params_add_choice has a choice of this label already: " +
                                 printable(name));
        params->choices.emplace_back(name, std::make_shared<const rpctls_params>(*choice));
        return 0;
    });
}

int rpctls_params_set_crl(rpctls_params *params, const char *path) {
    return guarded([&] {
        if (params == nullptr || (path != nullptr && *path == '\0'))
            return senseless("rpctls_params_set_crl needs parameters and, unless NULL, a path");
        params->crl = path != nullptr ? std::optional<std::string>(path) : std::nullopt;
        return 0;
    });
}
