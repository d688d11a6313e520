// SPDX-License-Identifier: LGPL-2.1-or-later
// How commands say what they take. CLI11 stays behind these two handles: it is all headers, and each file that includes
// it compiles for seconds.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace rpctls::tlsctl {

/// One option or positional argument. A handle: copies name the same option, which lives as long as the App.
class Option {
public:
    explicit Option(CLI::Option &option) : option_(&option) {}

    Option type_name(const std::string &name) const; ///< what --help calls its value: FILE, NAME, DAYS
    Option required() const;
    Option capture_default_str() const;        ///< --help shows the value that the variable has now
    Option allow_extra_args(bool allow) const; ///< false: one value each time, so that positionals may follow
    Option needs(Option other) const;
    Option needs(const std::string &other) const;
    Option excludes(Option other) const;
    /// A number within these bounds, both included.
    Option between(std::integral auto least, std::integral auto most) const {
        return between_whole(static_cast<std::int64_t>(least), static_cast<std::int64_t>(most));
    }
    Option between(double least, double most) const;

private:
    Option between_whole(std::int64_t least, std::int64_t most) const;

    CLI::Option *option_;
};

/// One command of the table, with its options. A handle, too.
class Command {
public:
    explicit Command(CLI::App &app) : app_(&app) {}

    /// `value` outlives the parsing. Instantiated in options.cpp, for the types that commands use.
    template <typename T>
    Option add_option(const std::string &names, T &value, const std::string &summary) const;
    /// For values that are words of a few; `take` may call reject_choice().
    Option add_choice(const std::string &names, std::function<void(const std::string &)> take,
                      const std::string &summary) const;
    Option add_flag(const std::string &names, bool &value, const std::string &summary) const;
    Option get_option(const std::string &name) const;
    /// How often the option was given.
    std::size_t count(const std::string &name) const;
    /// Called when the command was named and its options have been understood.
    void callback(std::function<void()> act) const;

    CLI::App &app() const { return *app_; }

private:
    CLI::App *app_;
};

} // namespace rpctls::tlsctl
