// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/fstab.hpp"

#include "rpc/base/server_name.hpp"
#include "rpc/base/text.hpp"

#include <mntent.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

namespace rpctls::tlsctl {

bool FstabLine::has(std::string_view option) const {
    return std::ranges::find(options, option) != options.end();
}

std::optional<std::string> FstabLine::value(std::string_view key) const {
    std::optional<std::string> found;
    for (const std::string &option : options)
        if (option.size() > key.size() && option.starts_with(key) && option[key.size()] == '=')
            found = option.substr(key.size() + 1);
    return found;
}

std::string FstabLine::server() const {
    const auto end = source.starts_with('[') ? source.find("]:") : source.find(":/");
    if (end == std::string::npos)
        return {};
    return bare_host(std::string_view(source).substr(0, end + (source[end] == ']' ? 1 : 0)), true);
}

std::vector<FstabLine> parse_fstab(std::string_view text) {
    std::vector<FstabLine> lines;
    std::size_t number = 0;
    for (const std::string_view raw : split(text, '\n')) {
        ++number;
        const std::string line = std::string(trimmed(raw)) + "\n";
        std::string contents = line;
        const std::unique_ptr<FILE, int (*)(FILE *)> stream(::fmemopen(contents.data(), contents.size(), "r"),
                                                            ::fclose);
        std::array<char, 8192> room{};
        mntent entry{};
        // The C library's own reading, escapes and all; a line that is too long for it is none that mount(8) reads.
        if (!stream || line.size() >= room.size() ||
            ::getmntent_r(stream.get(), &entry, room.data(), static_cast<int>(room.size())) == nullptr)
            continue;
        FstabLine found{number, entry.mnt_fsname, entry.mnt_dir, entry.mnt_type, {}};
        if (found.type != "nfs" && found.type != "nfs4" && found.type != "nfstls")
            continue;
        for (const std::string_view option : split(entry.mnt_opts, ','))
            found.options.emplace_back(option);
        lines.push_back(std::move(found));
    }
    return lines;
}

} // namespace rpctls::tlsctl
