// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/file_systems.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

#include <cerrno>

#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rpctls::kernel {

bool lists_file_system(std::string_view proc_filesystems, std::string_view name) {
    for (const std::string_view line : split(proc_filesystems, '\n')) {
        const auto tab = line.find('\t'); // "nodev\tnfs", "\text4"
        if (tab != std::string_view::npos && line.substr(tab + 1) == name)
            return true;
    }
    return false;
}

Answer has_file_system(const char *name) {
    if (const auto text = read_file("/proc/filesystems"); text && lists_file_system(*text, name))
        return Answer::yes;
    const Fd context(static_cast<int>(::syscall(SYS_fsopen, name, FSOPEN_CLOEXEC)));
    if (context.is_open())
        return Answer::yes;
    return errno == ENODEV ? Answer::no : Answer::unknown;
}

} // namespace rpctls::kernel
