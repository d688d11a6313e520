// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/options.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace rpctls::tlsctl {

Option Option::type_name(const std::string &name) const {
    option_->type_name(name);
    return *this;
}

Option Option::required() const {
    option_->required();
    return *this;
}

Option Option::capture_default_str() const {
    option_->capture_default_str();
    return *this;
}

Option Option::allow_extra_args(bool allow) const {
    option_->allow_extra_args(allow);
    return *this;
}

Option Option::needs(Option other) const {
    option_->needs(other.option_);
    return *this;
}

Option Option::needs(const std::string &other) const {
    option_->needs(other);
    return *this;
}

Option Option::excludes(Option other) const {
    option_->excludes(other.option_);
    return *this;
}

Option Option::between_whole(std::int64_t least, std::int64_t most) const {
    option_->check(CLI::Range(least, most).description("")); // the summary says it, where it matters
    return *this;
}

Option Option::between(double least, double most) const {
    option_->check(CLI::Range(least, most).description(""));
    return *this;
}

template <typename T>
Option Command::add_option(const std::string &names, T &value, const std::string &summary) const {
    return Option(*app_->add_option(names, value, summary));
}

Option Command::add_choice(const std::string &names, std::function<void(const std::string &)> take,
                           const std::string &summary) const {
    return Option(*app_->add_option_function<std::string>(names, std::move(take), summary));
}

Option Command::add_flag(const std::string &names, bool &value, const std::string &summary) const {
    return Option(*app_->add_flag(names, value, summary));
}

Option Command::get_option(const std::string &name) const {
    return Option(*app_->get_option(name));
}

std::size_t Command::count(const std::string &name) const {
    return app_->count(name);
}

void Command::callback(std::function<void()> act) const {
    app_->callback(std::move(act));
}

#define TAKES(...)                                                                                           \
    template Option Command::add_option(const std::string &, __VA_ARGS__ &, const std::string &) const
TAKES(std::string);
TAKES(std::optional<std::string>);
TAKES(std::vector<std::string>);
TAKES(std::filesystem::path);
TAKES(std::optional<std::filesystem::path>);
TAKES(int);
TAKES(unsigned);
TAKES(std::optional<int>);
TAKES(std::optional<unsigned>);
TAKES(double);
#undef TAKES

} // namespace rpctls::tlsctl
