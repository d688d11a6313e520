// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/keyring_check.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "tlsctl/health/checks.hpp"
#include "tlsctl/identities/identity_view.hpp"

#include <unistd.h>

namespace rpctls::tlsctl {

namespace {

constexpr std::string_view link = "keyrings";

std::string share(std::uint64_t used, std::uint64_t most) {
    return std::to_string(used) + " of " + std::to_string(most);
}

/// Without overflow, whatever the kernel says.
bool nearly_used_up(std::uint64_t used, std::uint64_t most) {
    return used >= most - most / 10;
}

} // namespace

Findings judge_key_quota(const std::optional<keys::KeyQuota> &quota) {
    if (!quota)
        return {sound(link, "root has no keys yet, and room for them")};
    std::vector<Fact> facts{{"keys", share(quota->keys, quota->most_keys)},
                            {"octets", share(quota->octets, quota->most_octets)}};
    const bool keys = nearly_used_up(quota->keys, quota->most_keys);
    if (!keys && !nearly_used_up(quota->octets, quota->most_octets))
        return {sound(link, "root has room for keys", std::move(facts))};
    const bool full = quota->keys >= quota->most_keys || quota->octets >= quota->most_octets;
    const std::uint64_t limit = keys ? quota->most_keys : quota->most_octets;
    const std::uint64_t more = limit > UINT64_MAX / 2 ? limit : std::max<std::uint64_t>(2 * limit, 1000);
    return {fault(full ? Level::fail : Level::warn, link, full ? "keyring-quota-full" : "keyring-quota-near",
                  full ? "root may have no more keys: identities cannot be added, nor handshakes use them"
                       : "root's room for keys is nearly used up",
                  std::move(facts),
                  std::string("sysctl -w kernel.keys.") + (keys ? "root_maxkeys=" : "root_maxbytes=") +
                      std::to_string(more))};
}

Findings judge_identities(const StoredIdentities &identities) {
    if (!identities.has_keyring)
        return {sound(
            link, "the kernel has no keyring .nfs here: mount.nfstls tells the agent which identity to use")};
    if (!identities.missing.empty())
        return {fixed_by(fault(Level::fail, link, "identity-not-on-keyring",
                               "identities of the store are not on the keyring .nfs",
                               {{"identities", join(identities.missing, ", ")}}),
                         {"tlsctl", "identity", "restore"})};
    return {sound(link, "the keyring .nfs has the identities of the store",
                  {{"identities", std::to_string(identities.published.size())}})};
}

Findings examine_keyrings(const Examination &examination) {
    Findings findings;
    if (const auto quota = keys::read_key_quota(0))
        findings = judge_key_quota(*quota);
    else
        findings = {finding_from(quota.error(), link, Level::warn)};
    if (!examination.roles.client)
        return findings;
    if (::geteuid() != 0) {
        findings.push_back(needs_root(link, "cannot see root's keyrings and identities"));
        return findings;
    }
    const auto keyring = nfs_keyring(examination.context);
    if (!keyring) {
        findings.push_back(finding_from(keyring.error(), link));
        return findings;
    }
    StoredIdentities identities;
    identities.has_keyring = keyring->has_value();
    const keys::IdentityStore store(examination.context.root);
    if (const auto names = store.list(); names && *keyring)
        for (const std::string &name : *names) {
            const auto pair = load_pair(store, name);
            // A damaged one, or one that has ended, cannot be restored: the credentials' check tells of it.
            if (!pair || pair->chain.front().not_after <= examination.now)
                continue;
            const auto serials = keys::find_identity(**keyring, name);
            (serials && *serials ? identities.published : identities.missing).push_back(name);
        }
    const auto more = judge_identities(identities);
    findings.insert(findings.end(), more.begin(), more.end());
    return findings;
}

} // namespace rpctls::tlsctl
