// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <string>
#include <string_view>

namespace rpctls::mount_helper {

/// What is mounted: `nfs1.example:/export`, `192.0.2.7:/export`, `[2001:db8::7]:/export`.
struct Source {
    std::string
        host; ///< as typed, without brackets: the reference identity, and the kernel's name for the peer
    std::string path; ///< may be empty, which nfs-utils takes for the root
};

/// As it is typed, an IPv6 address in brackets.
std::string to_string(const Source &source);

/// Errors (stage input): source-invalid, several-servers; the hint shows the form that is taken.
Result<Source> parse_source(std::string_view text);

} // namespace rpctls::mount_helper
