// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/mounts.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace rpctls::kernel {

namespace {

constexpr const char *mountinfo = "/proc/self/mountinfo";
/// Hosts with thousands of automounts have files of a few MiB.
constexpr std::size_t largest_mountinfo = 64 * 1024 * 1024;
constexpr std::size_t one_piece = 4096;

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
    mount.options = parse_mount_options(dash[3]);
    return mount;
}

void take_lines(std::string_view text, const WantedLine &wanted, std::vector<Mount> &mounts) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!wanted || wanted(line))
            if (auto mount = parse_line(line))
                mounts.push_back(std::move(*mount));
    }
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

std::vector<std::string> parse_mount_options(std::string_view text) {
    std::vector<std::string> options;
    for (const auto option : split(text, ','))
        if (!option.empty())
            options.push_back(without_escapes(option));
    return options;
}

std::vector<Mount> parse_mountinfo(std::string_view text, const WantedLine &wanted) {
    std::vector<Mount> mounts;
    take_lines(text, wanted, mounts);
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
    const auto unreadable = [](int number) {
        return system_error(Stage::kernel, "file-unreadable", std::string("cannot read ") + mountinfo, number)
            .advise("mount /proc");
    };
    const Fd file(::open(mountinfo, O_RDONLY | O_CLOEXEC));
    if (!file.is_open())
        return unreadable(errno);
    // Piece by piece, as the kernel gives it: memory for all of it costs a start more than the reading.
    std::vector<Mount> mounts;
    std::string rest;
    std::size_t total = 0;
    for (;;) {
        const std::size_t kept = rest.size();
        rest.resize(kept + one_piece);
        const ssize_t got = ::read(file.get(), rest.data() + kept, one_piece);
        const int number = errno;
        rest.resize(kept + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got < 0 && number == EINTR)
            continue;
        if (got < 0)
            return unreadable(number);
        if (got == 0)
            break;
        total += static_cast<std::size_t>(got);
        if (total > largest_mountinfo)
            return Error{Stage::kernel, "file-too-large", std::string("file too large: ") + mountinfo}.with(
                "limit", std::to_string(largest_mountinfo));
        const auto whole = rest.rfind('\n') + 1; // 0 where there is none yet
        take_lines(std::string_view(rest).substr(0, whole), wanted, mounts);
        rest.erase(0, whole);
    }
    take_lines(rest, wanted, mounts);
    return mounts;
}

Result<std::optional<Mount>> find_mount(const std::filesystem::path &mount_point) {
    auto mounts = read_mounts(at_mount_point(mount_point.native()));
    if (!mounts)
        return std::move(mounts).error();
    return topmost_mount(*mounts, mount_point.native());
}

} // namespace rpctls::kernel
