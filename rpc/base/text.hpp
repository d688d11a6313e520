// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls {

/// Without blanks, tabs and line ends around it.
std::string_view trimmed(std::string_view text);

/// The parts between separators, empty ones included; an empty text has one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);
template <std::same_as<std::string> Text>
void split(Text &&, char) = delete; // the pieces would outlive it

std::string join(const std::vector<std::string> &parts, std::string_view separator);

/// A decimal number and nothing else, at most `largest`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t largest = UINT64_MAX);

/// ASCII lower case, whatever the locale says: names on the wire know no locale.
std::string lower_case(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Safe on a terminal, in a log line and in JSON: control characters and bytes that are not UTF-8 become \xNN.
std::string printable(std::string_view text);

/// Lower-case hexadecimal, with `separator` between octets.
std::string hex(std::span<const std::byte> bytes, std::string_view separator = "");

std::span<const std::byte> as_bytes(std::string_view text);
std::string_view as_text(std::span<const std::byte> bytes);

} // namespace rpctls
