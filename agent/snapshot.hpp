// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/credentials.hpp"
#include "rpc/tls/settings.hpp"
#include "rpctls/result.hpp"

#include "agent/key_source.hpp"
#include "agent/plan.hpp"
#include "agent/service_policy.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::agent {

using CredentialsResult = Result<std::shared_ptr<const tls::Credentials>>;

/// Settings and all credentials they name, loaded together and replaced together. A handshake keeps the snapshot it
/// began with. Safe for several threads.
class Snapshot {
public:
    /// Errors (stage config): only those of the settings file. A role whose credentials cannot be loaded has the
    /// error in their place, so that a host whose server certificate is broken can still mount.
    static Result<std::shared_ptr<const Snapshot>> load(const std::optional<std::filesystem::path> &config,
                                                        const std::filesystem::path &root = "/");

    const tls::Settings &settings() const { return settings_; }
    const ServicePolicy &service() const { return service_; }
    /// Identities that it names and that cannot be loaded; faults() has them too.
    const std::vector<Error> &service_faults() const { return service_faults_; }
    /// When the reading began: a file changed later may be older in here.
    std::chrono::system_clock::time_point begun() const { return begun_; }
    const CredentialsResult &anonymous_client() const { return anonymous_client_; }
    const CredentialsResult &client() const { return client_; }
    const CredentialsResult &server() const { return server_; }
    const KeySource &keys() const { return keys_; }
    const std::shared_ptr<const tls::PskPolicy> &psk_policy() const { return psk_policy_; }

    /// What is configured and yet unusable. A role for which nothing is configured is no fault.
    std::vector<Error> faults() const;

    /// A named identity with the role's trust; loaded once for each snapshot. Errors: identity-unknown, and those
    /// of Credentials::load.
    CredentialsResult named(Role role, const std::string &name) const;
    /// The same, read anew: a renewed certificate is taken up by the next mount.
    CredentialsResult load_named(Role role, const std::string &name) const;
    /// Whether this snapshot has loaded it.
    bool has_named(Role role, const std::string &name) const;
    /// Those that were loaded, by name, whatever their role.
    std::map<std::string, std::shared_ptr<const tls::Credentials>> loaded_named() const;
    /// Chain and key as they were read from the kernel's keyring, with the role's trust.
    CredentialsResult from_keys(Role role, tls::IdentityBytes identity) const;

private:
    Snapshot(tls::Settings settings, std::filesystem::path root);

    std::chrono::system_clock::time_point begun_;
    tls::Settings settings_;
    ServicePolicy service_;
    std::vector<Error> service_faults_;
    std::filesystem::path root_;
    CredentialsResult anonymous_client_;
    CredentialsResult client_;
    CredentialsResult server_;
    KeySource keys_;
    std::shared_ptr<const tls::PskPolicy> psk_policy_;
    mutable std::mutex lock_;
    mutable std::map<std::pair<Role, std::string>, std::shared_ptr<const tls::Credentials>> named_;
};

} // namespace rpctls::agent
