// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/exports.hpp"

#include "rpc/base/text.hpp"

#include <algorithm>

namespace rpctls::kernel {

namespace {

constexpr std::size_t most_entries = 20000;
/// exportfs' own limits.
constexpr std::size_t longest_path = 4096;
constexpr std::size_t longest_client = 511;
constexpr std::string_view protection_option = "xprtsec=";

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}
bool is_blank(char c) {
    return c == ' ' || c == '\t';
}
bool ends_token(char c) {
    return is_blank(c) || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/// The characters of the file with continued lines joined.
class Characters {
public:
    explicit Characters(std::string_view text) : text_(text) {}

    bool at_end() {
        join();
        return at_ == text_.size();
    }
    /// Not at the end.
    char peek() {
        join();
        return joined_ ? ' ' : text_[at_];
    }
    char take() {
        const char c = peek();
        if (joined_) {
            joined_ = false;
        } else {
            line_ += c == '\n' ? 1 : 0;
            ++at_;
        }
        return c;
    }
    /// Up to the end of the line as it stands: a backslash does not continue a comment.
    void skip_comment() {
        joined_ = false;
        at_ = std::min(text_.find('\n', at_), text_.size());
    }
    std::size_t line() const { return line_; }

private:
    /// A backslash at the end of a line, and the blanks that begin the next, are one blank.
    void join() {
        while (!joined_ && text_.substr(at_, 2) == "\\\n") {
            joined_ = true;
            ++line_;
            at_ = std::min(text_.find_first_not_of(" \t", at_ + 2), text_.size());
        }
        if (joined_ && at_ == text_.size())
            joined_ = false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    bool joined_ = false;
};

class Parser {
public:
    Parser(std::string_view text, std::string_view origin) : characters_(text), origin_(origin) {}

    Result<std::vector<ExportEntry>> parse() {
        std::vector<ExportEntry> entries;
        while (skip(true)) {
            const std::size_t line = characters_.line();
            auto path = token(longest_path);
            if (!path)
                return std::move(path).error();
            if (auto taken = take_clients(*path, line, entries); !taken)
                return std::move(taken).error();
        }
        return entries;
    }

private:
    Error fault(std::string reason) const {
        return Error{Stage::config, "exports-syntax",
                     printable(origin_) + " line " + std::to_string(characters_.line()) +
                         " is not understood"}
            .with("reason", std::move(reason))
            .advise("exportfs reads no further either: mend the line, see exports(5)");
    }

    /// Blanks and comments, and with `lines` line ends. False: nothing follows (here).
    bool skip(bool lines) {
        while (!characters_.at_end()) {
            const char c = characters_.peek();
            if (c == '#')
                characters_.skip_comment();
            else if (is_blank(c) || (lines && c == '\n'))
                (void)characters_.take();
            else
                return c != '\n';
        }
        return false;
    }

    Result<std::string> token(std::size_t longest) {
        std::string word;
        bool quoted = false;
        while (!characters_.at_end() && (quoted || !ends_token(characters_.peek()))) {
            const char c = characters_.take();
            if (c == '"') {
                quoted = !quoted;
                continue;
            }
            if (quoted && c == '\n')
                return fault("a quote that is not closed");
            word += c;
            undo_escape(word);
            if (word.back() == '\0')
                return fault("a zero octet");
            if (word.size() > longest)
                return fault("a word of more than " + std::to_string(longest) + " characters");
        }
        if (word.empty())
            return fault("an empty word, or a carriage return");
        return word;
    }

    /// "\040", when its last digit has just come.
    static void undo_escape(std::string &word) {
        if (word.size() < 4)
            return;
        const std::string_view last = std::string_view(word).substr(word.size() - 4);
        if (last[0] != '\\' || !std::ranges::all_of(last.substr(1), is_octal))
            return;
        const int value = (last[1] - '0') * 64 + (last[2] - '0') * 8 + (last[3] - '0');
        word.resize(word.size() - 4);
        word += static_cast<char>(value);
    }

    Status take_clients(const std::string &path, std::size_t line, std::vector<ExportEntry> &entries) {
        std::vector<std::string> defaults;
        bool first = true;
        bool any = false;
        const auto add = [&](std::string client, std::vector<std::string> options) -> Status {
            if (entries.size() == most_entries)
                return Error{Stage::config, "exports-too-many",
                             printable(origin_) + " has more than " + std::to_string(most_entries) +
                                 " exports"};
            ExportEntry entry{path, client.empty() ? "*" : std::move(client), defaults, line};
            entry.options.insert(entry.options.end(), options.begin(), options.end());
            entries.push_back(std::move(entry));
            any = true;
            return {};
        };
        while (skip(false)) {
            auto word = token(longest_client);
            if (!word)
                return std::move(word).error();
            if (first && word->starts_with('-')) {
                defaults = options_of(std::string_view(*word).substr(1));
                first = false;
                continue;
            }
            first = false;
            const auto open = word->find('(');
            std::vector<std::string> options;
            if (open != std::string::npos) {
                const auto close = word->find(')', open);
                if (close == std::string::npos || close + 1 != word->size())
                    return fault("options that do not end in one bracket at the end of the word");
                options = options_of(std::string_view(*word).substr(open + 1, close - open - 1));
            }
            if (auto added = add(word->substr(0, open), std::move(options)); !added)
                return added;
        }
        return any ? Status() : add("*", {});
    }

    static std::vector<std::string> options_of(std::string_view list) {
        std::vector<std::string> options;
        for (const std::string_view option : split(list, ','))
            if (!option.empty())
                options.emplace_back(option);
        return options;
    }

    Characters characters_;
    std::string_view origin_;
};

std::string escaped(std::string_view path) {
    std::string text;
    for (const char c : path) {
        const auto value = static_cast<unsigned char>(c);
        if (value > ' ' && value < 0x7f && c != '"' && c != '\\' && c != '#') {
            text += c;
            continue;
        }
        text += '\\';
        for (const int shift : {6, 3, 0})
            text += static_cast<char>('0' + (value >> shift & 7));
    }
    return text;
}

} // namespace

std::string ExportProtection::words() const {
    std::vector<std::string> all;
    if (none)
        all.emplace_back("none");
    if (tls)
        all.emplace_back("tls");
    if (mtls)
        all.emplace_back("mtls");
    return join(all, ":");
}

std::optional<ExportProtection> parse_export_protection(std::string_view words) {
    ExportProtection protection;
    for (const std::string_view word : split(words, ':')) {
        if (word == "none")
            protection.none = true;
        else if (word == "tls")
            protection.tls = true;
        else if (word == "mtls")
            protection.mtls = true;
        else
            return std::nullopt;
    }
    return protection;
}

ExportProtection ExportEntry::protection() const {
    ExportProtection all;
    for (const std::string_view option : options) {
        if (!option.starts_with(protection_option))
            continue;
        const auto some = parse_export_protection(option.substr(protection_option.size()));
        if (!some)
            continue; // exportfs says so itself
        all.none |= some->none;
        all.tls |= some->tls;
        all.mtls |= some->mtls;
    }
    return all == ExportProtection{} ? ExportProtection{true, true, true} : all;
}

Result<std::vector<ExportEntry>> parse_exports(std::string_view text, std::string_view origin) {
    return Parser(text, origin).parse();
}

std::string render_export(const ExportEntry &entry) {
    return escaped(entry.path) + "\t" + entry.client + "(" + join(entry.options, ",") + ")\n";
}

Result<std::vector<std::string>> check_export_options(std::string_view list) {
    const auto fault = [&](std::string_view option, std::string reason) {
        return Error{Stage::input, "export-options-invalid",
                     "the export option " + printable(option) + " cannot be meant"}
            .with("reason", std::move(reason));
    };
    std::vector<std::string> options;
    for (const std::string_view option : split(list, ',')) {
        const auto value = option.find('=');
        if (option.empty())
            return fault(list, "there is an empty one").advise("separate them by one comma each");
        if (!std::ranges::all_of(option, [](char c) { return c > ' ' && c < 0x7f; }) ||
            option.find_first_of("()\"#\\") != std::string_view::npos)
            return fault(option, "blanks, brackets, quotes, # and backslashes are not options'");
        if (option.substr(0, value) == "xprtsec")
            return fault(option, "every xprtsec= adds to what is taken").advise("use --xprtsec");
        options.emplace_back(option);
    }
    return options;
}

} // namespace rpctls::kernel
