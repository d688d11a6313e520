// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/modules.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

namespace rpctls::kernel {

namespace {

constexpr std::size_t largest_configuration = std::size_t{1} << 20;
constexpr std::size_t largest_list = std::size_t{16} << 20;

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!(line = trimmed(line)).empty()) {
        const auto end = std::min(line.find_first_of(" \t"), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return words;
}

/// modprobe takes a dash for an underscore.
bool names(std::string_view word, std::string_view module) {
    std::string same(word);
    std::replace(same.begin(), same.end(), '-', '_');
    return same == module;
}

bool is_barred(std::string_view module, const std::filesystem::path &root) {
    for (const char *folder : {"etc/modprobe.d", "run/modprobe.d", "usr/lib/modprobe.d", "lib/modprobe.d"}) {
        std::error_code failure;
        for (std::filesystem::directory_iterator entries(root / folder, failure), end;
             !failure && entries != end; entries.increment(failure)) {
            if (entries->path().extension() != ".conf")
                continue;
            const auto text = read_file(entries->path(), largest_configuration);
            if (text && bars_module(*text, module))
                return true;
        }
    }
    return false;
}

} // namespace

bool bars_module(std::string_view file, std::string_view module) {
    for (const auto line : split(file, '\n')) {
        const auto words = words_of(line);
        if (words.size() >= 3 && words[0] == "install" && names(words[1], module) &&
            (words[2].ends_with("/false") || words[2].ends_with("/true")))
            return true;
    }
    return false;
}

Answer module_available(std::string_view module, std::string_view release,
                        const std::filesystem::path &root) {
    std::error_code ignored;
    if (std::filesystem::exists(root / "sys/module" / module, ignored))
        return Answer::yes;
    // Each line begins with the path of a module, ".ko" and how it is compressed behind its name.
    const auto list = read_file(root / "lib/modules" / release / "modules.dep", largest_list);
    if (!list)
        return Answer::unknown;
    const std::string wanted = "/" + std::string(module) + ".ko";
    const auto lines = split(std::string_view(*list), '\n');
    const bool exists = std::any_of(lines.begin(), lines.end(), [&](std::string_view line) {
        return line.substr(0, line.find(':')).find(wanted) != std::string_view::npos;
    });
    return exists && !is_barred(module, root) ? Answer::yes : Answer::no;
}

bool is_older(std::string_view release, unsigned major, unsigned minor) {
    const auto parts = split(release, '.');
    if (parts.size() < 2)
        return false;
    const auto digits = parts[1].substr(0, parts[1].find_first_not_of("0123456789"));
    const auto first = parse_number(parts[0], 1000), second = parse_number(digits, 1000);
    return first && second && (*first < major || (*first == major && *second < minor));
}

} // namespace rpctls::kernel
