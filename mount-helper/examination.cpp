// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/examination.hpp"

#include "mount-helper/tls_part.hpp"

namespace rpctls::mount_helper {

Result<IdentityUse> identity_to_offer(const ProtectedMount &mount, const Surroundings &surroundings) {
    if (!mount.automatic)
        return decide_identity(mount, surroundings);
    auto with_identity = mount;
    with_identity.protection = Protection::mtls;
    auto use = decide_identity(with_identity, surroundings);
    if (!use && !mount.identity && use.error().name == "client-certificate-missing")
        return IdentityUse(NoIdentity{});
    return use;
}

Result<client::PreflightReport> examine_server(const ProtectedMount &mount, const IdentityUse &use,
                                               const tls::Settings &settings) {
    const auto tls = tls_part();
    if (!tls)
        return tls.error();
    if (mount.preflight == Depth::off)
        return (*tls)->examine(use, settings, std::nullopt);
    client::PreflightRequest request;
    request.probe_only = mount.preflight == Depth::probe;
    request.host = mount.source.host;
    request.port = mount.port;
    request.family = mount.family;
    request.version = mount.version;
    request.present_identity = !std::holds_alternative<NoIdentity>(use);
    request.pins = settings.server_pins.of(mount.source.host);
    request.alpn = settings.client.alpn;
    request.timeout = preflight_time;
    request.stage_timeout = stage_time;
    return (*tls)->examine(use, settings, std::move(request));
}

} // namespace rpctls::mount_helper
