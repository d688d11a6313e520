// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/version_choice.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

#include <algorithm>
#include <array>
#include <system_error>

namespace rpctls::mount_helper {

namespace {

constexpr std::array<std::string_view, 10> words{"vers", "nfsvers", "minorversion", "defaultvers", "v2",
                                                 "v3",   "v4",      "v4.0",         "v4.1",        "v4.2"};

bool file_names_version(const std::filesystem::path &path) {
    const auto text = read_file(path);
    return text ? configuration_names_version(*text) : text.error().name != "file-missing";
}

} // namespace

bool names_version(const Options &options) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return options.has(word); });
}

bool configuration_names_version(std::string_view text) {
    for (const auto whole : split(text, '\n')) {
        const auto line = trimmed(whole);
        if (line.empty() || line.front() == '#' || line.front() == ';')
            continue;
        const auto key = lower_case(trimmed(line.substr(0, line.find('='))));
        if (std::find(words.begin(), words.end(), key) != words.end())
            return true;
    }
    return false;
}

bool installed_configuration_names_version(const std::filesystem::path &root) {
    for (const auto *file : {"etc/nfsmount.conf", "usr/etc/nfsmount.conf"}) {
        if (file_names_version(root / file))
            return true;
        std::error_code failure;
        for (const auto &entry : std::filesystem::directory_iterator((root / file).string() + ".d", failure))
            if (entry.path().extension() == ".conf" && file_names_version(entry.path()))
                return true;
    }
    return false;
}

} // namespace rpctls::mount_helper
