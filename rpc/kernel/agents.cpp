// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/agents.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/kernel/handshake_message.hpp"
#include "rpc/kernel/handshake_uapi.hpp"
#include "rpc/kernel/netlink_groups.hpp"
#include "rpc/kernel/nl_handles.hpp"

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/netlink_diag.h>
#include <linux/sock_diag.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace rpctls::kernel {

namespace {

/// Bounds on what is read: machines with more sockets or descriptors than this get `unknown` or no pid.
constexpr int most_answers = 4096;
constexpr int most_links = 200'000;

struct DiagRequest {
    nlmsghdr header;
    netlink_diag_req body;
};

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
    const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!socket.is_open())
        return {};
    DiagRequest request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.header.nlmsg_seq = 1;
    request.body.sdiag_family = AF_NETLINK;
    request.body.sdiag_protocol = NETLINK_GENERIC;
    request.body.ndiag_show = NDIAG_SHOW_GROUPS;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (::sendto(socket.get(), &request, sizeof request, 0, reinterpret_cast<sockaddr *>(&kernel),
                 sizeof kernel) < 0)
        return {};

    std::vector<GroupMember> members;
    std::array<std::byte, 32768> buffer;
    for (int answers = 0; answers < most_answers;) {
        pollfd ready{socket.get(), POLLIN, 0};
        if (::poll(&ready, 1, 1000) <= 0)
            return {};
        const ssize_t n = ::recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (n <= 0 || static_cast<std::size_t>(n) > buffer.size())
            return {};
        std::span<const std::byte> octets(buffer.data(), static_cast<std::size_t>(n));
        while (const auto answer = next_answer(octets)) {
            ++answers;
            if (answer->error)
                return {};
            if (answer->type == NLMSG_DONE)
                return members;
            if (const auto member = member_from_diag(answer->message, group))
                members.push_back(*member);
        }
    }
    return {};
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
