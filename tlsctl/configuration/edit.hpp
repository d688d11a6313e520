// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// rpctls.conf is an administrator's file: whatever we change in it, all the rest stays as it was written.
namespace rpctls::tlsctl {

/// What a line of rpctls.conf(5) is to say.
struct Setting {
    std::string section;
    std::string key;
    std::optional<std::string> value; ///< absent: no line of it is left
};

/// The text with these settings in force, in the grammar of Ini. Comments, order, blanks, line ends, unknown options and
/// repeated sections stay. A value is changed where it stands (in the last line, which is the one that counts); a new
/// line goes behind the last of its section, a new section to the end. Text in which everything is so already comes
/// back as it is. Options of which lines add up, those of [clients.TAG], are not for this. Errors: those of Ini::parse,
/// with `origin`; setting-invalid (stage input) for what no line can say.
Result<std::string> edit_settings(std::string_view text, const std::string &origin,
                                  std::span<const Setting> wanted);

} // namespace rpctls::tlsctl
