// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/setup/shared_steps.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/post_quantum.hpp"
#include "rpc/tls/settings.hpp"
#include "tlsctl/configuration/configuration_file.hpp"
#include "tlsctl/trust/trust_store.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

Result<Standing> look_at_trust(tls::TrustRole role, const std::function<Result<std::string>()> &pem,
                               const Context &context) {
    const auto wanted_pem = pem();
    if (!wanted_pem && wanted_pem.error().name == "ca-missing")
        return Standing{}; // a step before this one makes it
    if (!wanted_pem)
        return wanted_pem.error();
    const auto wanted = tls::parse_trust(*wanted_pem, "the CA");
    if (!wanted)
        return wanted.error();
    const auto source = find_trust(role, context);
    if (!source)
        return source.error();
    if (source->kind == TrustSource::Kind::system)
        return Standing{Standing::Kind::wanted, "instead of the system's trust store"};
    const auto trusted = read_trust(*source);
    if (!trusted)
        return trusted.error();
    const bool all = std::ranges::all_of(*wanted, [&](const tls::CertificateInfo &ca) {
        return std::ranges::find(*trusted, ca.fingerprint, &tls::CertificateInfo::fingerprint) !=
               trusted->end();
    });
    return Standing{all ? Standing::Kind::so : Standing::Kind::wanted};
}

} // namespace

Step trust_step(tls::TrustRole role, std::function<Result<std::string>()> pem, const std::string &title,
                const Context &context) {
    Step step;
    step.name = "trust";
    step.title = title;
    const auto kept = tls::kept_truststore(role, context.root);
    step.files = {kept.parent_path()};
    if (const auto source = find_trust(role, context);
        source && source->kind == TrustSource::Kind::configured)
        step.files.push_back(source->file);
    step.look = [=, &context] { return look_at_trust(role, pem, context); };
    step.perform = [=, &context]() -> Status {
        const auto text = pem();
        if (!text)
            return text.error();
        auto added = add_trust(*text, "the CA", {role}, context);
        return added ? Status() : Status(std::move(added).error());
    };
    return step;
}

Step configuration_step(std::vector<Setting> settings, const std::string &title, const Context &context) {
    const auto file = std::make_shared<const ConfigurationFile>(context);
    const auto wanted = std::make_shared<const std::vector<Setting>>(std::move(settings));
    Step step;
    step.name = "configuration";
    step.title = title;
    step.files = {file->path()};
    step.look = [=]() -> Result<Standing> {
        const auto so = file->has(*wanted);
        if (!so)
            return so.error();
        return Standing{*so ? Standing::Kind::so : Standing::Kind::wanted};
    };
    step.perform = [=, root = context.root]() -> Status {
        if (auto applied = file->apply(*wanted); !applied)
            return std::move(applied).error();
        auto sound = tls::load_settings(std::nullopt, root);
        return sound ? tls::use_post_quantum(*sound) : Status(std::move(sound).error());
    };
    return step;
}

} // namespace rpctls::tlsctl
