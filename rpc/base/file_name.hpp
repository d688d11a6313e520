// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rpctls {

/// With room in a file name (255) for a temporary's dots and random characters.
inline constexpr std::size_t longest_file_name = 240;

/// A file name of its own for each text: a-z, 0-9 and what DNS names and literals are made of stand for themselves, the
/// rest in hex. It never begins with a dot and has no capital letter. May be longer than a file name can be.
std::string file_name_for(std::string_view text);

} // namespace rpctls
