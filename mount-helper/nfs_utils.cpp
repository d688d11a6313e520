// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/nfs_utils.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

#include <cerrno>
#include <csignal>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rpctls::mount_helper {

namespace {

constexpr std::size_t largest_report = 64 * 1024;
constexpr int mount_failure = 32;

/// What execve(2) takes. Points into `words`.
std::vector<char *> argument_pointers(std::vector<std::string> &words) {
    std::vector<char *> pointers;
    for (auto &word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

Error cannot_run(const std::filesystem::path &program, int number) {
    return system_error(Stage::mount, "nfs-utils-failed", "cannot run " + program.string(), number);
}

} // namespace

std::vector<std::filesystem::path> nfs_utils_candidates() {
    return {"/usr/sbin/mount.nfs.nfs-utils", "/sbin/mount.nfs.nfs-utils", MOUNT_NFS_PATH,
            "/usr/sbin/mount.nfs", "/sbin/mount.nfs"};
}

Result<std::filesystem::path> find_nfs_utils(const std::vector<std::filesystem::path> &candidates) {
    struct stat own {};
    const bool known = ::stat("/proc/self/exe", &own) == 0;
    std::vector<std::string> looked;
    for (const auto &candidate : candidates) {
        struct stat found {};
        looked.push_back(candidate.string());
        if (::stat(candidate.c_str(), &found) != 0 || !S_ISREG(found.st_mode) ||
            ::access(candidate.c_str(), X_OK) != 0)
            continue;
        // Without /proc nobody can tell the two apart; then only the name of a take-over is certain not to be ours.
        if (known ? found.st_dev == own.st_dev && found.st_ino == own.st_ino
                  : !candidate.filename().native().ends_with(".nfs-utils"))
            continue;
        return candidate;
    }
    return Error{Stage::mount,
                 "nfs-utils-missing",
                 "nfs-utils' mount.nfs is not installed",
                 {{"looked for", join(looked, ", ")}},
                 "install nfs-utils (Debian: apt install nfs-common)"};
}

Error exec_nfs_utils(const std::filesystem::path &program, const std::string &name,
                     const std::vector<std::string> &words) {
    std::vector<std::string> all{name};
    all.insert(all.end(), words.begin(), words.end());
    ::execv(program.c_str(), argument_pointers(all).data());
    return cannot_run(program, errno);
}

Result<Finished> run_nfs_utils(const std::filesystem::path &program, const std::string &name,
                               const std::vector<std::string> &words) {
    // A file, no pipe: with `bg` a process lives on in the background and would hold a pipe open.
    const Fd errors(::memfd_create("mount.nfs-errors", MFD_CLOEXEC));
    if (!errors.is_open())
        return cannot_run(program, errno);
    std::vector<std::string> all{name};
    all.insert(all.end(), words.begin(), words.end());
    const auto pointers = argument_pointers(all);
    const pid_t self = ::getpid();
    // No copy of this process for the moment until execve(2): where many mounts begin at once, copying is what they wait
    // for. Up to there the child touches nothing of ours but its own locals.
    const pid_t child = ::vfork();
    if (child < 0)
        return cannot_run(program, errno);
    if (child == 0) {
        // Whoever ends us (autofs on a time-out) means the mount as well.
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != self || ::dup2(errors.get(), STDERR_FILENO) < 0)
            ::_exit(mount_failure);
        ::execv(program.c_str(), pointers.data());
        ::_exit(mount_failure);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return cannot_run(program, errno);
    Finished finished;
    finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : mount_failure;
    finished.errors = contents_of(errors.get(), largest_report);
    if (WIFSIGNALED(status))
        finished.errors +=
            program.string() + " was ended by signal " + std::to_string(WTERMSIG(status)) + "\n";
    return finished;
}

} // namespace rpctls::mount_helper
