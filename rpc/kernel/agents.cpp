// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/agents.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/kernel/handshake_uapi.hpp"
#include "rpc/kernel/netlink_groups.hpp"
#include "rpc/kernel/nl_handles.hpp"
#include "rpc/kernel/sock_diag.hpp"

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/netlink_diag.h>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace rpctls::kernel {

namespace {

/// Bounds on what is read: machines with more sockets or descriptors than this get `unknown` or no pid.
constexpr std::size_t most_answers = 4096;
constexpr int most_links = 200'000;

Result<unsigned> group_of_agents() {
    const NlSocket socket(nl_socket_alloc());
    if (!socket || genl_connect(socket.get()) != 0)
        return system_error(Stage::kernel, "netlink-unavailable", "cannot make a netlink socket", ENOBUFS);
    const int group = genl_ctrl_resolve_grp(socket.get(), uapi::family_name, uapi::group_tlshd);
    if (group <= 0)
        return system_error(Stage::kernel, "handshake-family-missing",
                            "this kernel has no TLS handshake service", 0)
            .advise("use a kernel of 6.5 or newer, built with CONFIG_NET_HANDSHAKE");
    return static_cast<unsigned>(group);
}

/// The members by SOCK_DIAG, whose module netlink_diag not every kernel has. Absent: the kernel does not say.
std::optional<std::vector<GroupMember>> ask_sock_diag(unsigned group) {
    netlink_diag_req request{};
    request.sdiag_family = AF_NETLINK;
    request.sdiag_protocol = NETLINK_GENERIC;
    request.ndiag_show = NDIAG_SHOW_GROUPS;
    std::vector<GroupMember> members;
    const bool told = dump_sockets(std::as_bytes(std::span(&request, 1)), most_answers,
                                   [&](std::span<const std::byte> message) {
                                       if (const auto member = member_from_diag(message, group))
                                           members.push_back(*member);
                                   });
    return told ? std::optional(std::move(members)) : std::nullopt;
}

std::optional<std::vector<GroupMember>> read_proc(unsigned group) {
    if (group > 32)
        return {};
    const auto text = read_file("/proc/net/netlink");
    if (!text)
        return {};
    return members_from_proc(*text, group);
}

/// The processes that hold one of the sockets; only root sees those of others. Process 1 comes last.
std::vector<pid_t> owners_of(const std::vector<GroupMember> &members) {
    std::vector<std::string> wanted;
    for (const auto &member : members)
        wanted.push_back("socket:[" + std::to_string(member.inode) + "]");
    std::vector<pid_t> owners;
    std::error_code failure;
    int links = 0;
    for (std::filesystem::directory_iterator process("/proc", failure), end; !failure && process != end;
         process.increment(failure)) {
        const auto pid = parse_number(process->path().filename().string(), INT32_MAX);
        if (!pid)
            continue;
        std::error_code hidden;
        for (std::filesystem::directory_iterator fd(process->path() / "fd", hidden); !hidden && fd != end;
             fd.increment(hidden)) {
            if (++links > most_links)
                return owners;
            std::error_code gone;
            if (std::ranges::find(wanted, std::filesystem::read_symlink(fd->path(), gone).native()) ==
                wanted.end())
                continue;
            owners.push_back(static_cast<pid_t>(*pid));
            break;
        }
    }
    std::stable_partition(owners.begin(), owners.end(), [](pid_t pid) { return pid != 1; });
    return owners;
}

} // namespace

Result<AgentPresence> find_agent(Detail detail) {
    const auto group = group_of_agents();
    if (!group)
        return group.error();
    auto members = ask_sock_diag(*group);
    if (!members)
        members = read_proc(*group);
    AgentPresence presence;
    if (!members)
        return presence;
    presence.state = members->empty() ? AgentPresence::State::absent : AgentPresence::State::present;
    if (members->empty() || detail != Detail::process)
        return presence;
    for (const pid_t pid : owners_of(*members)) {
        if (pid == 1 && !presence.processes.empty())
            break;
        const auto comm = read_file("/proc/" + std::to_string(pid) + "/comm");
        presence.processes.push_back({pid, comm ? printable(trimmed(*comm)) : ""});
    }
    if (!presence.processes.empty()) {
        presence.pid = presence.processes.front().pid;
        presence.program = presence.processes.front().program;
    }
    return presence;
}

} // namespace rpctls::kernel
