// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/setup/export_steps.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/client/preflight.hpp"
#include "rpc/kernel/export_client.hpp"
#include "tlsctl/exports/exportfs.hpp"
#include "tlsctl/exports/exports_view.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace rpctls::tlsctl {

namespace {

/// All but xprtsec=, sorted.
std::vector<std::string> other_options(std::vector<std::string> options) {
    std::erase_if(options, [](const std::string &option) { return option.starts_with("xprtsec="); });
    std::ranges::sort(options);
    return options;
}

/// Whether our file has exactly this for the path, and exportfs has read it.
Result<bool> is_exported(const ExportRequest &request, const Context &context) {
    std::vector<std::string> clients;
    for (const std::string &text : request.clients) {
        auto client = kernel::parse_export_client(text);
        if (!client)
            return std::move(client).error();
        clients.push_back(std::move(*client));
    }
    const auto options = kernel::check_export_options(request.options);
    if (!options)
        return options.error();
    std::vector<std::string> exported;
    const ExportsView view = view_exports(context);
    for (const ConfiguredExport &each : view.configured) {
        if (!each.ours || plain_path(each.entry.path) != plain_path(request.path.string()))
            continue;
        if (each.entry.protection() != request.protection ||
            other_options(each.entry.options) != other_options(*options) ||
            (context.root == "/" && !each.in_force))
            return false;
        const auto client = kernel::parse_export_client(each.entry.client);
        exported.push_back(client ? *client : each.entry.client);
    }
    return std::ranges::is_permutation(exported, clients);
}

bool nfsd_runs() {
    const auto threads = read_file("/proc/fs/nfsd/threads");
    return threads && parse_number(trimmed(*threads)).value_or(0) > 0;
}

Status check_port() {
    const Fd socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Fd older(socket.is_open() ? -1 : ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    int failed = 0;
    if (socket.is_open()) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(client::nfs_port);
        (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        failed = ::bind(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0
                     ? 0
                     : errno;
    } else if (older.is_open()) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(client::nfs_port);
        (void)::setsockopt(older.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        failed = ::bind(older.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0
                     ? 0
                     : errno;
    }
    if (failed != EADDRINUSE)
        return {};
    return system_error(Stage::kernel, "port-taken", "another program has port 2049, which nfsd needs",
                        failed)
        .advise("ss -tlnp 'sport = :2049' names it; stop it first");
}

} // namespace

Step export_step(const ExportRequest &request, const Context &context) {
    const auto change = std::make_shared<std::optional<ExportChange>>();
    Step step;
    step.name = "export";
    step.title = "export " + request.path.string() + " to " + join(request.clients, " ") +
                 " with xprtsec=" + request.protection.words();
    step.files = {own_exports_file(context), context.below_root("/etc/rpctls/.exports.lock")};
    step.look = [=, &context]() -> Result<Standing> {
        if (auto usable = check_exportfs(context); !usable)
            return std::move(usable).error();
        const auto so = is_exported(request, context);
        if (!so)
            return so.error();
        return Standing{*so ? Standing::Kind::so : Standing::Kind::wanted};
    };
    step.perform = [=, &context]() -> Status {
        auto done = set_export(request, context);
        if (!done)
            return std::move(done).error();
        change->emplace(std::move(*done));
        return {};
    };
    step.undo = [=, &context]() -> Status { return *change ? undo_export(**change, context) : Status(); };
    return step;
}

Step port_step(const Context &context) {
    Step step;
    step.name = "port";
    step.title = "have port 2049 free for nfsd";
    step.look = [root = context.root]() -> Result<Standing> {
        if (root == "/" && !nfsd_runs())
            if (auto free = check_port(); !free)
                return std::move(free).error();
        return Standing{Standing::Kind::so};
    };
    return step;
}

} // namespace rpctls::tlsctl
