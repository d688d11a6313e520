// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/mounts.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

#include <algorithm>
#include <cstdint>

namespace rpctls::kernel {

namespace {

/// Hosts with thousands of automounts have files of a few MiB.
constexpr std::size_t largest_mountinfo = 64 * 1024 * 1024;

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

/// The kernel writes blank, tab, newline, backslash and '#' as \ooo.
std::string without_escapes(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] <= '3' && is_octal(text[i + 1]) &&
            is_octal(text[i + 2]) && is_octal(text[i + 3])) {
            const int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
            plain += static_cast<char>(value);
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

/// `36 35 98:0 /root /mnt rw,noatime shared:1 … - nfs4 host:/export rw,vers=4.2`: any number of optional fields
/// before the dash.
std::optional<Mount> parse_line(std::string_view line) {
    const auto fields = split(line, ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (dash - fields.begin() < 6 || fields.end() - dash < 4)
        return std::nullopt;
    const auto id = parse_number(fields[0], UINT32_MAX);
    const auto parent = parse_number(fields[1], UINT32_MAX);
    if (!id || !parent)
        return std::nullopt;
    Mount mount;
    mount.id = static_cast<unsigned>(*id);
    mount.parent = static_cast<unsigned>(*parent);
    mount.mount_point = without_escapes(fields[4]);
    mount.file_system = without_escapes(dash[1]);
    mount.source = without_escapes(dash[2]);
    for (const auto option : split(dash[3], ','))
        mount.options.push_back(without_escapes(option));
    return mount;
}

} // namespace

std::optional<std::string> Mount::option(std::string_view key) const {
    for (const auto &option : options) {
        if (option == key)
            return std::string();
        if (option.size() > key.size() && option.starts_with(key) && option[key.size()] == '=')
            return option.substr(key.size() + 1);
    }
    return std::nullopt;
}

std::vector<Mount> parse_mountinfo(std::string_view text, const WantedLine &wanted) {
    std::vector<Mount> mounts;
    for (const auto line : split(text, '\n'))
        if (!wanted || wanted(line))
            if (auto mount = parse_line(line))
                mounts.push_back(std::move(*mount));
    return mounts;
}

WantedLine at_mount_point(std::string mount_point) {
    return [mount_point = std::move(mount_point)](std::string_view line) {
        for (int field = 0; field < 4; ++field) {
            const auto blank = line.find(' ');
            if (blank == std::string_view::npos)
                return false;
            line.remove_prefix(blank + 1);
        }
        return without_escapes(line.substr(0, line.find(' '))) == mount_point;
    };
}

WantedLine with_word(std::string word) {
    return
        [word = std::move(word)](std::string_view line) { return line.find(word) != std::string_view::npos; };
}

std::optional<Mount> topmost_mount(const std::vector<Mount> &mounts, std::string_view mount_point) {
    const Mount *topmost = nullptr;
    for (const auto &mount : mounts) {
        if (mount.mount_point != mount_point)
            continue;
        // The order of lines is not promised; that a mount stacked on another names it as its parent is.
        const bool covered = std::any_of(mounts.begin(), mounts.end(), [&](const Mount &other) {
            return other.parent == mount.id && other.id != mount.id && other.mount_point == mount_point;
        });
        if (!covered)
            topmost = &mount;
    }
    if (topmost == nullptr)
        return std::nullopt;
    return *topmost;
}

Result<std::vector<Mount>> read_mounts(const WantedLine &wanted) {
    auto text = read_file("/proc/self/mountinfo", largest_mountinfo);
    if (!text) {
        auto error = std::move(text).error();
        error.stage = Stage::kernel;
        return std::move(error).advise("mount /proc");
    }
    return parse_mountinfo(*text, wanted);
}

Result<std::optional<Mount>> find_mount(const std::filesystem::path &mount_point) {
    auto mounts = read_mounts(at_mount_point(mount_point.native()));
    if (!mounts)
        return std::move(mounts).error();
    return topmost_mount(*mounts, mount_point.native());
}

} // namespace rpctls::kernel
