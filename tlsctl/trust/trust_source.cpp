// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/trust/trust_store.hpp"

#include "rpc/base/file.hpp"

namespace rpctls::tlsctl {

Result<TrustSource> find_trust(tls::TrustRole role, const Context &context) {
    auto settings = tls::load_settings(std::nullopt, context.root);
    if (!settings)
        return std::move(settings).error();
    const tls::RoleSettings &section = role == tls::TrustRole::client ? settings->client : settings->server;
    // What settings name are paths of the system whose settings they are.
    const auto there = [&](const std::filesystem::path &named) {
        return context.root == "/" ? named : context.below_root(named);
    };
    TrustSource source;
    source.role = role;
    source.file = tls::kept_truststore(role, context.root);
    source.configuration = settings->origin;
    if (section.crl)
        source.crl = there(*section.crl);
    if (section.truststore_is_kept) {
        source.kind = TrustSource::Kind::kept;
    } else if (section.truststore) {
        source.kind = TrustSource::Kind::configured;
        source.file = there(*section.truststore);
    }
    return source;
}

Result<std::vector<tls::CertificateInfo>> read_trust(const TrustSource &source) {
    if (source.kind == TrustSource::Kind::system)
        return std::vector<tls::CertificateInfo>{};
    auto text = read_file(source.file);
    if (!text)
        return std::move(text).error();
    return tls::parse_trust(*text, source.file.string());
}

} // namespace rpctls::tlsctl
