// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/exports/exportfs.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/program.hpp"
#include "rpc/base/text.hpp"
#include "rpc/kernel/agents.hpp"

#include <algorithm>
#include <iterator>

namespace rpctls::tlsctl {

namespace {

/// It looks up every host name of every line.
constexpr std::chrono::minutes longest_run(2);
constexpr std::size_t largest_program = 16 * largest_file;
/// A broken file may make it complain for each of its lines.
constexpr std::size_t most_lines = 100;

} // namespace

Status check_exportfs(const Context &context) {
    if (context.root != "/")
        return {};
    const auto program = read_file(EXPORTFS_PATH, largest_program);
    if (!program && program.error().name == "file-missing")
        return Error{Stage::kernel, "nfs-server-missing", "this host has no NFS server"}
            .with("looked for", EXPORTFS_PATH)
            .advise("install nfs-utils' server (Debian: apt install nfs-kernel-server)");
    if (!program)
        return program.error();
    // Neither its version nor a trial without effect can be asked for; the option's name is among its words.
    if (program->find("xprtsec=") == std::string::npos)
        return Error{Stage::kernel, "xprtsec-unsupported", "this nfs-utils cannot export with TLS"}
            .with("program", EXPORTFS_PATH)
            .with("expected", "one that knows xprtsec=")
            .advise("use nfs-utils 2.6.3 or newer");
    return {};
}

Status check_kernel_enforces(const Context &context) {
    // Nothing shows what nfsd has made of an export. The handshake service came with it (Linux 6.4), for its sake.
    if (context.root != "/" || kernel::find_agent(kernel::Detail::presence))
        return {};
    return Error{Stage::kernel, "kernel-without-tls",
                 "this kernel's NFS server would pass over xprtsec= and take mounts in clear"}
        .with("expected", "the handshake service of Linux 6.4 or newer")
        .advise("boot a kernel with CONFIG_NET_HANDSHAKE; --xprtsec none exports without protection");
}

std::vector<std::string> ExportfsOutcome::news_since(const ExportfsOutcome &before) const {
    std::vector<std::string> news;
    std::ranges::copy_if(said, std::back_inserter(news), [&](const std::string &line) {
        return std::ranges::find(before.said, line) == before.said.end();
    });
    return news;
}

Result<ExportfsOutcome> apply_exports() {
    const auto ran = run_program({EXPORTFS_PATH, "-r"}, longest_run);
    if (!ran)
        return ran.error();
    ExportfsOutcome outcome{ran->status != 0};
    for (std::string_view line : split(ran->output, '\n')) {
        line = trimmed(line);
        if (line.starts_with("exportfs: "))
            line.remove_prefix(10);
        if (!line.empty() && outcome.said.size() < most_lines)
            outcome.said.push_back(printable(line));
    }
    return outcome;
}

} // namespace rpctls::tlsctl
