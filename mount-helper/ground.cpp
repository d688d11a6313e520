// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/ground.hpp"

#include "mount-helper/tls_part.hpp"
#include "rpc/base/text.hpp"

#include <array>
#include <filesystem>

namespace rpctls::mount_helper {

namespace {

Error kernel_lacks(std::string name, std::string what, const kernel::Capabilities &capabilities,
                   std::string hint) {
    return Error{
        Stage::kernel, std::move(name), std::move(what), {{"kernel", capabilities.release}}, std::move(hint)};
}

/// tlshd reads its own file only, whatever rpctls.conf says.
Result<tls::Settings> settings_of_agent(bool ours) {
    if (!ours)
        for (const auto *file : {"/etc/tlshd/config", "/etc/tlshd.conf"}) {
            std::error_code ignored;
            if (std::filesystem::exists(file, ignored))
                return tls::load_settings(file);
        }
    return tls::load_settings(std::nullopt);
}

} // namespace

Status check_kernel(const kernel::Capabilities &capabilities) {
    if (capabilities.nfs == kernel::Answer::no)
        return kernel_lacks("nfs-unsupported", "this kernel has no NFS client", capabilities,
                            "install the kernel's module nfs");
    if (capabilities.xprtsec == kernel::Answer::no)
        return kernel_lacks("xprtsec-unsupported", "this kernel's NFS client knows no TLS", capabilities,
                            "use Linux 6.5 or newer");
    if (capabilities.ktls == kernel::Answer::no)
        return kernel_lacks("ktls-unavailable", "this kernel cannot protect TCP connections with TLS",
                            capabilities, "install the kernel's module tls (CONFIG_TLS)");
    return {};
}

Status check_agent(const kernel::AgentPresence &presence) {
    if (presence.state == kernel::AgentPresence::State::absent)
        return Error{Stage::kernel,
                     "agent-absent",
                     "no agent performs TLS handshakes for the kernel here",
                     {{"expected", "rpctlsd or another program listening in this network namespace"},
                      {"seen", "none"}},
                     "systemctl start rpctlsd"};
    return {};
}

Status check_pins(const client::MountPolicy &policy, const Surroundings &surroundings) {
    if (!policy.pinned || surroundings.agent_is_ours)
        return {};
    return Error{Stage::config,
                 "pin-needs-rpctlsd",
                 "pin= is given for this server, and the agent here knows nothing of it",
                 {{"expected", "rpctlsd"},
                  {"seen", surroundings.agent_program.empty() ? "another agent"
                                                              : printable(surroundings.agent_program)}},
                 "stop that agent and start rpctlsd, or remove pin= from [mount.SERVER] of "
                 "/etc/rpctls/rpctls.conf"};
}

Result<Ground> examine_ground() {
    const auto tls = tls_part();
    if (!tls)
        return tls.error();
    auto presence = (*tls)->find_agent(kernel::Detail::presence);
    if (!presence)
        return std::move(presence).error();
    if (auto status = check_agent(*presence); !status)
        return std::move(status).error();
    const auto capabilities = kernel::probe_capabilities();
    if (auto status = check_kernel(capabilities); !status)
        return std::move(status).error();

    Ground ground;
    auto &surroundings = ground.surroundings;
    surroundings.kernel_takes_serials = capabilities.key_serials == kernel::Answer::yes;
    if (auto control = client::AgentControl::connect()) {
        // One that stands still would have the kernel, and nfs-utils' program, wait for minutes.
        if (const auto alive = control->status(); !alive)
            return alive.error();
        ground.control.emplace(std::move(*control));
    } else if (control.error().name != "agent-absent")
        return std::move(control).error(); // it is ours, and cannot be asked now
    surroundings.agent_is_ours = ground.control.has_value();
    // Only a stranger's name is needed, for messages.
    if (surroundings.agent_is_ours)
        surroundings.agent_program = "rpctlsd";
    else if (const auto named = (*tls)->find_agent(kernel::Detail::process))
        surroundings.agent_program = named->program;
    auto settings = settings_of_agent(surroundings.agent_is_ours);
    if (!settings)
        return std::move(settings).error();
    if (!surroundings.agent_is_ours)
        tls::forget_kept_trust(*settings);
    surroundings.settings = std::move(*settings);
    return ground;
}

} // namespace rpctls::mount_helper
