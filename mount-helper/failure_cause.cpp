// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/failure_cause.hpp"

#include "mount-helper/examination.hpp"
#include "mount-helper/explain.hpp"
#include "mount-helper/ground.hpp"

namespace rpctls::mount_helper {

namespace {

/// What a preflight says now; absent when it has nothing against the mount.
std::optional<Error> see_for_itself(const ProtectedMount &mount, const MountPolicy &policy,
                                    const Ground &ground) {
    if (const auto status = check_pins(policy, ground.surroundings); !status)
        return status.error();
    const auto use = identity_to_offer(mount, ground.surroundings);
    if (!use)
        return use.error();
    const auto report = examine_server(mount, *use, ground.surroundings.settings);
    if (!report)
        return report.error();
    if (!report->failure || is_only_slow(*report->failure))
        return std::nullopt;
    return in_terms_of_mount(*report->failure, mount);
}

} // namespace

std::optional<Error> find_cause(const ProtectedMount &mount, const MountPolicy &policy,
                                const std::string &output, bool certificate_requested,
                                bool examined_by_another) {
    FailedMount failed{mount, output, {}, {}, certificate_requested};
    auto ground = examine_ground();
    if (!ground)
        return ground.error();
    failed.agent_program = ground->surroundings.agent_program;
    if (ground->control)
        if (auto record = ground->control->last_failure(mount.source.host))
            failed.record = std::move(*record);
    // A preflight of some seconds ago was another mount's: what has changed since is seen by one of our own.
    if (examined_by_another && !failed.record)
        if (auto seen = see_for_itself(mount, policy, *ground))
            return seen;
    return explain_failure(failed);
}

} // namespace rpctls::mount_helper
