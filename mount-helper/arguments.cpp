// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/arguments.hpp"

#include "rpc/base/text.hpp"

#include <array>
#include <utility>

namespace rpctls::mount_helper {

namespace {

struct Flag {
    char letter;
    std::string_view word; ///< nfs-utils' long form
    bool Arguments::*member;
};

constexpr std::array flags{
    Flag{'s', "sloppy", &Arguments::sloppy},       Flag{'f', "fake", &Arguments::fake},
    Flag{'n', "no-mtab", &Arguments::no_mtab},     Flag{'v', "verbose", &Arguments::verbose},
    Flag{'r', "read-only", &Arguments::read_only}, Flag{'w', "read-write", &Arguments::read_write},
    Flag{'r', "ro", &Arguments::read_only},        Flag{'w', "rw", &Arguments::read_write},
    Flag{'h', "help", &Arguments::help},           Flag{'V', "version", &Arguments::version},
};

Error usage(std::string what, std::string_view given) {
    return Error{Stage::input,
                 "usage",
                 std::move(what),
                 {{"given", printable(given)}},
                 "write SERVER:/PATH DIRECTORY [-fnrsvw] [-o OPTIONS] [-t TYPE]"};
}

class Parser {
public:
    explicit Parser(const std::vector<std::string> &words) : words_(words) {}

    Result<Arguments> parse() {
        bool only_names = false;
        for (; next_ < words_.size(); ++next_) {
            const std::string_view word = words_[next_];
            if (only_names || word.size() < 2 || word.front() != '-')
                names_.push_back(words_[next_]);
            else if (word == "--")
                only_names = true;
            else if (auto status = word[1] == '-' ? long_flag(word.substr(2)) : letters(word.substr(1));
                     !status)
                return std::move(status).error();
        }
        if (arguments_.help || arguments_.version)
            return std::move(arguments_);
        if (names_.size() < 2)
            return usage("what to mount and where must both be named", join(names_, " "));
        if (names_.size() > 2)
            return usage("only one thing to mount and one directory can be named", names_[2]);
        arguments_.source = names_[0];
        arguments_.directory = names_[1];
        return std::move(arguments_);
    }

private:
    /// -v, -nv, -orw or -o rw.
    Status letters(std::string_view letters) {
        for (std::size_t i = 0; i < letters.size(); ++i) {
            if (takes_value(letters[i])) {
                const auto rest = letters.substr(i + 1);
                return rest.empty() ? value_follows(letters[i]) : take(letters[i], rest);
            }
            bool known = false;
            for (const auto &flag : flags)
                if (flag.letter == letters[i]) {
                    raise(flag.member);
                    known = true;
                }
            if (!known)
                return usage("unknown flag", std::string("-") + letters[i]);
        }
        return {};
    }

    Status long_flag(std::string_view word) {
        if (word == "options")
            return value_follows('o');
        if (word.starts_with("options="))
            return take('o', word.substr(word.find('=') + 1));
        for (const auto &flag : flags)
            if (flag.word == word) {
                raise(flag.member);
                return {};
            }
        return usage("unknown flag", "--" + std::string(word));
    }

    /// Of -r and -w the later one holds, as with nfs-utils.
    void raise(bool Arguments::*member) {
        if (member == &Arguments::read_only || member == &Arguments::read_write)
            arguments_.read_only = arguments_.read_write = false;
        arguments_.*member = true;
    }

    static bool takes_value(char letter) { return letter == 'o' || letter == 't' || letter == 'N'; }

    Status value_follows(char letter) {
        if (next_ + 1 >= words_.size())
            return usage("a value is missing", std::string("-") + letter);
        return take(letter, words_[++next_]);
    }

    Status take(char letter, std::string_view value) {
        if (letter == 'o')
            arguments_.options.append(value);
        else if (letter == 't')
            arguments_.type = value;
        else
            arguments_.name_space = value;
        return {};
    }

    const std::vector<std::string> &words_;
    std::size_t next_ = 0;
    std::vector<std::string> names_;
    Arguments arguments_;
};

} // namespace

Result<Arguments> parse_arguments(const std::vector<std::string> &words) {
    return Parser(words).parse();
}

std::vector<std::string> nfs_utils_words(const Arguments &arguments, const Options &options) {
    std::vector<std::string> words{arguments.source, arguments.directory};
    constexpr std::array<std::pair<bool Arguments::*, const char *>, 6> taken{
        {{&Arguments::sloppy, "-s"},
         {&Arguments::fake, "-f"},
         {&Arguments::no_mtab, "-n"},
         {&Arguments::verbose, "-v"},
         {&Arguments::read_only, "-r"},
         {&Arguments::read_write, "-w"}}};
    for (const auto &[member, word] : taken)
        if (arguments.*member)
            words.emplace_back(word);
    if (!options.empty()) {
        words.emplace_back("-o");
        words.push_back(options.text());
    }
    return words;
}

} // namespace rpctls::mount_helper
