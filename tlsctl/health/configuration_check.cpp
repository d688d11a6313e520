// SPDX-License-Identifier: LGPL-2.1-or-later
// The settings that the agent works by, and what [mount] demands.
#include "rpc/client/mount_policy.hpp"
#include "tlsctl/health/checks.hpp"

namespace rpctls::tlsctl {

namespace {

constexpr std::string_view link = "configuration";

} // namespace

Findings examine_configuration(const Examination &examination) {
    if (!examination.settings)
        return {finding_from(examination.settings.error(), link)};
    Findings findings;
    for (const std::string &warning : examination.settings->warnings)
        findings.push_back(
            fault(Level::warn, link, "option-unknown", warning, {}, "correct it: rpctls.conf(5)"));
    if (examination.roles.client)
        if (const auto policy = client::load_policy("", examination.context.root); !policy)
            findings.push_back(finding_from(policy.error(), link));
    if (findings.empty()) {
        const auto &origin = examination.settings->origin;
        findings.push_back(
            sound(link, origin.empty() ? "no settings file: all defaults" : "the settings can be read",
                  origin.empty() ? std::vector<Fact>{} : std::vector<Fact>{{"file", origin.string()}}));
    }
    return findings;
}

} // namespace rpctls::tlsctl
