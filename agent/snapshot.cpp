// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/snapshot.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/post_quantum.hpp"

namespace rpctls::agent {

namespace {

/// More than any host mounts with; bounds what a program with access to the control socket can make us keep.
constexpr std::size_t most_named = 256;

tls::CredentialSources trust_of(const tls::RoleSettings &role) {
    tls::CredentialSources sources;
    sources.truststore = role.truststore;
    sources.crl = role.crl;
    return sources;
}

Error nothing_configured(Role role, const tls::Settings &settings) {
    const std::string word(to_string(role));
    Error error;
    error.stage = Stage::config;
    error.name = "identity-missing";
    error.what = "no certificate is configured for this host as a " + word;
    return std::move(error)
        .with("configuration", settings.origin.empty() ? "none" : settings.origin.string())
        .advise("run tlsctl setup " + word +
                ", or set x509.certificate= and x509.private_key= in [authenticate." + word +
                "] of /etc/rpctls/rpctls.conf");
}

Result<tls::IdentityBytes> stored_identity(const std::filesystem::path &root, const std::string &name) {
    auto stored = keys::IdentityStore(root).load(name);
    if (!stored)
        return std::move(stored).error();
    const auto chain = as_bytes(stored->chain_pem);
    return tls::IdentityBytes{
        "identity " + name, {chain.begin(), chain.end()}, std::move(stored->private_key_pem)};
}

CredentialsResult load_role(Role role, const tls::RoleSettings &settings, const tls::Settings &all,
                            const std::filesystem::path &root) {
    auto sources = trust_of(settings);
    if (settings.identity) {
        auto identity = stored_identity(root, *settings.identity);
        if (!identity)
            return std::move(identity).error();
        sources.identity.emplace(std::move(*identity));
    } else if (settings.certificate && settings.private_key) {
        sources.identity.emplace(tls::IdentityFiles{*settings.certificate, *settings.private_key});
        if (settings.pq_certificate && settings.pq_private_key)
            sources.preferred = tls::IdentityFiles{*settings.pq_certificate, *settings.pq_private_key};
    } else {
        return nothing_configured(role, all);
    }
    auto loaded = tls::Credentials::load(std::move(sources));
    if (loaded && !(*loaded)->preferred_chain().empty())
        if (auto right = tls::check_post_quantum((*loaded)->preferred_chain().front(),
                                                 settings.pq_certificate->string());
            !right)
            return std::move(right).error();
    return loaded;
}

} // namespace

Snapshot::Snapshot(tls::Settings settings, std::filesystem::path root)
    : settings_(std::move(settings)), root_(std::move(root)),
      anonymous_client_(tls::Credentials::load(trust_of(settings_.client))),
      client_(load_role(Role::client, settings_.client, settings_, root_)),
      server_(load_role(Role::server, settings_.server, settings_, root_)), keys_(settings_.keyrings),
      psk_policy_(tls::PskPolicy::load()) {}

Result<std::shared_ptr<const Snapshot>> Snapshot::load(const std::optional<std::filesystem::path> &config,
                                                       const std::filesystem::path &root) {
    const auto begun = std::chrono::system_clock::now();
    auto settings = tls::load_settings(config, root);
    if (!settings)
        return std::move(settings).error();
    if (auto usable = tls::use_post_quantum(*settings); !usable)
        return std::move(usable).error();
    auto policy = ServicePolicy::make(*settings, system_accounts());
    if (!policy)
        return std::move(policy).error();
    const auto &warnings = policy->warnings();
    settings->warnings.insert(settings->warnings.end(), warnings.begin(), warnings.end());
    std::shared_ptr<Snapshot> snapshot(new Snapshot(std::move(*settings), root));
    snapshot->begun_ = begun;
    for (const auto &[role, name] : policy->identities())
        if (auto loaded = snapshot->load_named(role, name); !loaded)
            snapshot->service_faults_.push_back(std::move(loaded).error());
    snapshot->service_ = std::move(*policy);
    return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

std::vector<Error> Snapshot::faults() const {
    std::vector<Error> found = service_faults_;
    for (const CredentialsResult *credentials : {&anonymous_client_, &client_, &server_})
        if (!*credentials && credentials->error().name != "identity-missing")
            found.push_back(credentials->error());
    return found;
}

CredentialsResult Snapshot::named(Role role, const std::string &name) const {
    {
        const std::lock_guard lock(lock_);
        if (const auto known = named_.find({role, name}); known != named_.end())
            return known->second;
    }
    return load_named(role, name);
}

bool Snapshot::has_named(Role role, const std::string &name) const {
    const std::lock_guard lock(lock_);
    return named_.contains({role, name});
}

CredentialsResult Snapshot::load_named(Role role, const std::string &name) const {
    auto identity = stored_identity(root_, name);
    if (!identity)
        return std::move(identity).error();
    auto credentials = from_keys(role, std::move(*identity));
    if (credentials) {
        const std::lock_guard lock(lock_);
        if (named_.size() >= most_named)
            named_.clear();
        named_.insert_or_assign({role, name}, *credentials);
    }
    return credentials;
}

std::map<std::string, std::shared_ptr<const tls::Credentials>> Snapshot::loaded_named() const {
    const std::lock_guard lock(lock_);
    std::map<std::string, std::shared_ptr<const tls::Credentials>> all;
    for (const auto &[key, credentials] : named_)
        all.emplace(key.second, credentials);
    return all;
}

CredentialsResult Snapshot::from_keys(Role role, tls::IdentityBytes identity) const {
    // Each handshake may come with keys of its own; the trust is the role's, and was read with the settings.
    const CredentialsResult &judge = role == Role::client ? anonymous_client_ : server_;
    auto sources = trust_of(role == Role::client ? settings_.client : settings_.server);
    if (judge)
        sources.judged_as = *judge;
    sources.identity.emplace(std::move(identity));
    return tls::Credentials::load(std::move(sources));
}

} // namespace rpctls::agent
