// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/nfsd.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

namespace rpctls::kernel {

namespace {

/// More than any host runs.
constexpr std::uint64_t most_threads = 1'000'000;

} // namespace

std::size_t parse_nfsd_threads(std::string_view text) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (!line.starts_with("th "))
            continue;
        const auto rest = line.substr(3);
        return parse_number(rest.substr(0, rest.find(' ')), most_threads).value_or(0);
    }
    return 0;
}

std::size_t nfsd_threads() {
    const auto text = read_file("/proc/net/rpc/nfsd");
    return text ? parse_nfsd_threads(*text) : 0;
}

} // namespace rpctls::kernel
