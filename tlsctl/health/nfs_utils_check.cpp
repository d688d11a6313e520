// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/nfs_utils_check.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/program.hpp"
#include "tlsctl/health/checks.hpp"

#include <initializer_list>

namespace rpctls::tlsctl {

namespace {

constexpr std::string_view link = "nfs-utils";
using Program = NfsUtilsFacts::Program;

struct Found {
    Program state = Program::missing;
    std::filesystem::path path;
};

/// The first of the candidates that is a program.
Found look(const std::filesystem::path &root, std::initializer_list<const char *> candidates) {
    constexpr std::size_t largest_program = 16 * 1024 * 1024;
    for (const char *candidate : candidates) {
        const auto path = root / candidate;
        if (const auto contents = read_file(path, largest_program))
            return {contents->find("xprtsec") != std::string::npos ? Program::with_xprtsec
                                                                   : Program::without_xprtsec,
                    path};
    }
    return {};
}

} // namespace

std::string nfs_utils_version(std::string_view printed) {
    constexpr std::string_view before = "nfs-utils ";
    const auto at = printed.find(before);
    if (at == std::string_view::npos)
        return {};
    const auto rest = printed.substr(at + before.size());
    return std::string(rest.substr(0, std::min<std::size_t>(rest.find_first_not_of("0123456789."), 16)));
}

Findings judge_nfs_utils(const NfsUtilsFacts &facts, Roles roles) {
    Findings findings;
    const std::vector<Fact> version{{"version", facts.version.empty() ? "unknown" : facts.version}};
    if (roles.client && facts.mount == Program::missing)
        findings.push_back(fault(Level::fail, link, "nfs-utils-missing", "mount.nfs is not installed", {},
                                 "apt install nfs-common"));
    if (roles.server && facts.exportfs == Program::missing)
        findings.push_back(fault(Level::fail, link, "nfs-server-missing", "exportfs is not installed", {},
                                 "apt install nfs-kernel-server"));
    if (roles.server && facts.exportfs == Program::without_xprtsec)
        findings.push_back(fault(Level::fail, link, "exportfs-without-xprtsec",
                                 "exportfs knows no xprtsec=: exports cannot demand TLS", version,
                                 "install nfs-utils 2.6.4 or newer"));
    // mount.nfs hands on what it does not know, and the kernel decides.
    if (findings.empty())
        findings.push_back(sound(link, "nfs-utils can do RPC with TLS", version));
    return findings;
}

Findings examine_nfs_utils(const Examination &examination) {
    const auto &root = examination.context.root;
    // Its own name first when mount.nfstls stands in its place.
    const Found mount = look(root, {"usr/sbin/mount.nfs.nfs-utils", "usr/sbin/mount.nfs", "sbin/mount.nfs"});
    NfsUtilsFacts facts{mount.state, look(root, {"usr/sbin/exportfs", "sbin/exportfs"}).state, {}};
    if (examination.live() && mount.state != Program::missing)
        if (const auto answer = run_program({mount.path.string(), "-V"}, std::chrono::seconds(2)))
            facts.version = nfs_utils_version(answer->output);
    return judge_nfs_utils(facts, examination.roles);
}

} // namespace rpctls::tlsctl
