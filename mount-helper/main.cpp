// SPDX-License-Identifier: LGPL-2.1-or-later
// mount.nfstls, also under the names mount.nfs, mount.nfs4, umount.nfs and umount.nfs4: decides from the command line
// alone whether TLS is meant. If not, this process becomes nfs-utils' own program before anything else is read.
#include "mount-helper/after_check.hpp"
#include "mount-helper/nfs_utils.hpp"
#include "mount-helper/plan.hpp"
#include "mount-helper/policy.hpp"
#include "mount-helper/protected_mount.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <unistd.h>

using namespace rpctls;
using namespace rpctls::mount_helper;

namespace {

constexpr std::string_view help =
    "usage: mount.nfstls SERVER:/PATH DIRECTORY [-fnrsvw] [-o OPTIONS] [-t TYPE] [--json]\n"
    "Mounts NFS over TLS. Usually called by mount(8): mount -t nfs -o xprtsec=mtls,… \n"
    "Options: those of nfs(5), and tls_identity=NAME. See mount.nfstls(8).\n";

std::string name_in(const char *path) {
    const std::string_view text = path != nullptr ? path : "mount.nfstls";
    return std::string(text.substr(text.rfind('/') + 1));
}

/// What nfs-utils' program must be called to do the same: it knows nothing of nfstls.
std::string nfs_utils_name(const std::string &program, const Arguments &arguments) {
    if (program.starts_with("umount."))
        return program == "umount.nfs4" ? program : "umount.nfs";
    return file_system_type(program, arguments) == "nfs4" ? "mount.nfs4" : "mount.nfs";
}

int fail(const Reporter &report, const Error &error, int status) {
    report.failure(error);
    return status;
}

/// An ordinary user's mount (fstab's `user`) is done by nfs-utils' setuid program alone, and the kernel still enforces
/// xprtsec=. An identity's key is root's, and so is the record that a choice needs.
Error needs_root(const ProtectedMount &mount) {
    return Error{Stage::mount,
                 "no-permission",
                 mount.identity ? "only root can mount with an identity"
                                : "only root can have the protection chosen",
                 {{"asked", mount.identity ? "tls_identity=" + *mount.identity : "xprtsec=auto"}},
                 "mount as root, or through an automounter"};
}

/// What is handed on to nfs-utils' program unexamined: this host may demand more of its mounts.
Status may_be_handed_on(const Arguments &arguments, Protection protection) {
    if (arguments.options.has("remount"))
        return {};
    const auto source = parse_source(arguments.source);
    const std::string server = source ? source->host : std::string();
    const auto policy = load_policy(server);
    return policy ? check_minimum(protection, *policy, server) : Status(policy.error());
}

int run(const Reporter &report, const std::vector<std::string> &words) {
    const auto &program = report.program();
    const auto arguments = parse_arguments(words);
    // Called as nfstls, the command line is ours to judge; otherwise a word that we do not know may be one that
    // nfs-utils does.
    const bool ours = program.ends_with("nfstls");
    if (!arguments && ours)
        return fail(report, arguments.error(), exit_usage);
    if (ours && arguments->help) {
        std::fwrite(help.data(), 1, help.size(), stdout);
        return exit_done;
    }
    if (ours && arguments->version) {
        std::puts("mount.nfstls (" PACKAGE_STRING ")");
        return exit_done;
    }
    const bool foreign =
        !arguments || arguments->help || arguments->version || program.starts_with("umount.");
    auto plan = foreign ? Result<Plan>(PassThrough{}) : make_plan(program, *arguments);
    if (!plan)
        return fail(report, plan.error(), exit_usage);

    const auto nfs_utils = find_nfs_utils(nfs_utils_candidates());
    if (!nfs_utils)
        return fail(report, nfs_utils.error(), exit_system);
    const auto name = nfs_utils_name(program, arguments ? *arguments : Arguments{});
    if (std::holds_alternative<PassThrough>(*plan)) {
        if (!foreign)
            if (const auto allowed = may_be_handed_on(*arguments, Protection::none); !allowed)
                return fail(report, allowed.error(), exit_mount_failure);
        // As it came, except for -t, which nfs-utils' program takes from its name.
        const bool typed = !foreign && arguments->type;
        const auto &same = typed ? nfs_utils_words(*arguments, arguments->options) : words;
        return fail(report, exec_nfs_utils(*nfs_utils, name, same), exit_system);
    }
    if (const auto *remount = std::get_if<Remount>(&*plan)) {
        std::error_code ignored;
        const auto found = kernel::find_mount(std::filesystem::canonical(arguments->directory, ignored));
        if (const auto status = found ? check_remount(*found, *remount) : Status(); !status)
            return fail(report, status.error(), exit_mount_failure);
        auto options = remount->options;
        // Some kernels want to hear what the mount has already.
        if (const auto same = remount->automatic && *found ? (*found)->option("xprtsec") : std::nullopt)
            options.set("xprtsec", *same);
        return fail(report, exec_nfs_utils(*nfs_utils, name, nfs_utils_words(*arguments, options)),
                    exit_system);
    }
    const auto &mount = std::get<ProtectedMount>(*plan);
    if (::geteuid() != 0) {
        if (mount.identity || mount.automatic)
            return fail(report, needs_root(mount), exit_mount_failure);
        if (const auto allowed = may_be_handed_on(*arguments, mount.protection); !allowed)
            return fail(report, allowed.error(), exit_mount_failure);
        return fail(report, exec_nfs_utils(*nfs_utils, name, nfs_utils_words(*arguments, mount.options)),
                    exit_system);
    }
    return mount_protected(Invocation{report, *nfs_utils, name, *arguments}, mount);
}

} // namespace

int main(int argc, char **argv) {
    const char *asked = std::getenv("RPCTLS_JSON");
    bool json = asked != nullptr && std::string_view(asked) == "1";
    std::vector<std::string> words;
    for (int i = 1; i < argc; ++i)
        // Of no use to nfs-utils' program, which knows no such word.
        if (std::string_view(argv[i]) == "--json")
            json = true;
        else
            words.emplace_back(argv[i]);
    return run(Reporter(name_in(argc > 0 ? argv[0] : nullptr), json), words);
}
