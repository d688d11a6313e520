// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace rpctls::tlsctl {

/// What a shell may offer in the place of the last word of a command line.
struct Completion {
    enum class Kind { words, files, directories, hosts };
    Kind kind = Kind::words;
    std::vector<std::pair<std::string, std::string>> candidates{}; ///< a word and what it is
};

/// From the very table that parses the command line, so that the two cannot differ. `words` are those behind the
/// program's name; the last is what was typed of the word in question, and may be empty.
Completion complete(const CLI::App &app, const std::vector<std::string> &words);

/// The protocol of the shells' completion functions: the kind in the first line, then a candidate a line with its
/// description behind a tab. Only what begins with the last word.
void print_completion(const CLI::App &app, const std::vector<std::string> &words, std::ostream &out);

} // namespace rpctls::tlsctl
