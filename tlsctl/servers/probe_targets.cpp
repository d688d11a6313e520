// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/servers/probe_targets.hpp"

#include "rpc/base/deadline.hpp"
#include "rpc/base/file.hpp"
#include "rpc/base/server_name.hpp"
#include "rpc/base/text.hpp"
#include "rpc/client/resolve.hpp"
#include "tlsctl/cli/command.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace rpctls::tlsctl {

namespace {

constexpr std::size_t largest_list = 8 * 1024 * 1024;

Result<std::string> read_standard_input() {
    std::string text;
    std::array<char, 65536> room{};
    for (;;) {
        const ssize_t n = ::read(STDIN_FILENO, room.data(), room.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return system_error(Stage::input, "targets-unreadable", "cannot read servers from standard input",
                                errno);
        if (n == 0)
            return text;
        text.append(room.data(), static_cast<std::size_t>(n));
        if (text.size() > largest_list)
            return Error{Stage::input, "too-many-targets", "standard input has more than 8 MiB of servers"};
    }
}

} // namespace

Result<std::vector<std::string>> read_targets(const std::filesystem::path &file) {
    const auto text = file == "-" ? read_standard_input() : read_file(file, largest_list);
    if (!text)
        return text.error();
    std::vector<std::string> targets;
    for (const std::string_view line : split(*text, '\n')) {
        const auto target = trimmed(line.substr(0, line.find('#')));
        if (target.empty())
            continue;
        if (targets.size() == most_probe_targets)
            return Error{Stage::input, "too-many-targets", printable(file.string()) + " has too many servers"}
                .with("limit", std::to_string(most_probe_targets))
                .advise("split it");
        targets.emplace_back(target);
    }
    return targets;
}

Result<ProbeTarget> probe_target(const std::string &typed, const client::PreflightRequest &common,
                                 std::uint16_t fallback_port) {
    const auto parsed = client::parse_host_port(typed);
    if (!parsed)
        return usage_error(parsed.error().what, parsed.error().hint);
    ProbeTarget target{typed, common};
    target.request.host = parsed->host;
    target.request.port = parsed->port.value_or(fallback_port);
    if (target.request.port == 0)
        return usage_error("program " + std::to_string(common.program) + " has no fixed port, and " +
                               printable(typed) + " names none",
                           "give HOST:PORT; rpcinfo -p HOST lists the ports");
    return target;
}

std::vector<ProbeTarget> each_address(const ProbeTarget &target) {
    const auto addresses = client::resolve(target.request.host, target.request.port,
                                           Deadline::after(target.request.stage_timeout));
    if (!addresses)
        return {target};
    std::vector<ProbeTarget> each;
    for (const client::Address &address : *addresses) {
        each.push_back(target);
        client::PreflightRequest &request = each.back().request;
        if (!request.server_name)
            request.server_name = bare_host(request.host, false);
        request.host = address.text();
    }
    return each;
}

} // namespace rpctls::tlsctl
