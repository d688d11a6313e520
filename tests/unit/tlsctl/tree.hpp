// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/file.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <string>

namespace rpctls::test {

/// All that a tree holds, by path: kind, mode, and of files the time and the contents.
inline std::map<std::string, std::string> tree(const std::filesystem::path &root) {
    std::map<std::string, std::string> all;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(root)) {
        struct stat status {};
        ::lstat(entry.path().c_str(), &status);
        std::string &told = all[entry.path().lexically_relative(root)];
        told = std::to_string(status.st_mode);
        if (S_ISREG(status.st_mode))
            told += " " + std::to_string(status.st_mtim.tv_sec) + "." +
                    std::to_string(status.st_mtim.tv_nsec) + " " + read_file(entry.path()).value();
    }
    return all;
}

} // namespace rpctls::test
