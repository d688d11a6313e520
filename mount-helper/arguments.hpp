// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/options.hpp"
#include "rpctls/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::mount_helper {

/// The command line of a mount helper: SPEC DIR [-sfnvrw] [-N NAMESPACE] [-o OPTIONS] [-t TYPE], in any order.
struct Arguments {
    std::string source;
    std::string directory;
    Options options;
    std::optional<std::string> type;
    std::optional<std::string> name_space;
    bool sloppy = false;
    bool fake = false;
    bool no_mtab = false;
    bool verbose = false;
    bool read_only = false;
    bool read_write = false;
    bool help = false;
    bool version = false;
};

/// `words` without the program's name. Errors (stage input): usage.
Result<Arguments> parse_arguments(const std::vector<std::string> &words);

/// For nfs-utils' program: the words that it knows, with these options in place of those given.
std::vector<std::string> nfs_utils_words(const Arguments &arguments, const Options &options);

} // namespace rpctls::mount_helper
