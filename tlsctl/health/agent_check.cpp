// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/agent_check.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/health/checks.hpp"

#include <unistd.h>

namespace rpctls::tlsctl {

namespace {

constexpr std::string_view link = "agent";

std::string name_of(const kernel::AgentProcess &process) {
    return (process.program.empty() ? "a process" : process.program) + " (" + std::to_string(process.pid) +
           ")";
}

Finding start_ours(Finding finding) {
    return fixed_by(std::move(finding), {"/usr/bin/systemctl", "enable", "--now", "rpctlsd.service"});
}

} // namespace

Findings judge_agent(const kernel::AgentPresence &presence, bool as_root) {
    using State = kernel::AgentPresence::State;
    if (presence.state == State::unknown)
        return {fault(Level::unknown, link, "agent-untold",
                      "this kernel does not tell whether an agent listens", {}, "modprobe netlink_diag")};
    if (presence.state == State::absent)
        return {start_ours(fault(Level::fail, link, "agent-absent",
                                 "no agent performs TLS handshakes for the kernel here: each one fails"))};
    const auto &processes = presence.processes;
    if (processes.empty()) {
        if (!as_root)
            return {needs_root(link, "an agent listens; which one only root can see")};
        return {fault(Level::warn, link, "agent-elsewhere",
                      "an agent listens, and its process cannot be seen from here", {},
                      "look for it in the process namespace that owns this network namespace")};
    }
    if (processes.size() > 1) {
        std::vector<std::string> words;
        for (const auto &process : processes)
            words.push_back(name_of(process));
        return {fault(Level::fail, link, "agent-not-alone",
                      "several agents take the kernel's handshakes: which settings hold is left to chance",
                      {{"listening", join(words, ", ")}}, "systemctl disable --now tlshd.service")};
    }
    const auto &only = processes.front();
    if (only.pid == 1)
        return {start_ours(fault(Level::fail, link, "agent-stopped",
                                 "systemd keeps rpctlsd's place, and rpctlsd itself does not run: handshakes "
                                 "wait for it"))};
    if (only.program != "rpctlsd")
        return {fault(Level::warn, link, "agent-foreign",
                      only.program + " performs the handshakes: what rpctlsd adds is not to be had",
                      {{"process", std::to_string(only.pid)}},
                      "systemctl disable --now " + only.program +
                          ".service && systemctl enable --now rpctlsd.service")};
    return {sound(link, "rpctlsd performs the kernel's handshakes", {{"process", std::to_string(only.pid)}})};
}

Findings examine_agent(const Examination &examination) {
    if (!examination.agent->has_value())
        return {}; // no handshake service: said there
    return judge_agent(**examination.agent, ::geteuid() == 0);
}

} // namespace rpctls::tlsctl
