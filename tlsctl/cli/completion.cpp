// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/completion.hpp"

#include "rpc/base/text.hpp"
#include "rpc/client/known_servers.hpp"
#include "rpc/keys/identity.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ostream>

namespace rpctls::tlsctl {

namespace {

using Candidates = std::vector<std::pair<std::string, std::string>>;

bool takes_value(const CLI::Option &option) {
    return option.get_items_expected_max() > 0;
}

/// Where the words before the last one have led.
struct Place {
    const CLI::App *command;
    const CLI::Option *awaiting = nullptr; ///< the option whose value comes next
    std::size_t positionals = 0;           ///< given so far
    std::filesystem::path root = "/";
};

/// Of the command itself or one above it, as CLI11 falls through.
const CLI::Option *find_option(const CLI::App *command, const std::string &word) {
    for (; command != nullptr; command = command->get_parent())
        for (const CLI::Option *option : command->get_options())
            if (!option->get_positional() && option->check_name(word))
                return option;
    return nullptr;
}

const CLI::App *find_subcommand(const CLI::App &command, const std::string &name) {
    for (const CLI::App *each : command.get_subcommands([](const CLI::App *) { return true; }))
        if (each->get_name() == name)
            return each;
    return nullptr;
}

Place place_of(const CLI::App &app, const std::vector<std::string> &words) {
    Place place{&app};
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const std::string &word = words[i];
        if (place.awaiting != nullptr) {
            if (place.awaiting->check_lname("root"))
                place.root = word;
            place.awaiting = nullptr;
        } else if (word.size() > 1 && word.front() == '-') {
            const CLI::Option *option = find_option(place.command, word);
            place.awaiting = option != nullptr && takes_value(*option) ? option : nullptr;
        } else if (const CLI::App *next = find_subcommand(*place.command, word)) {
            place.command = next;
        } else {
            ++place.positionals;
        }
    }
    return place;
}

Candidates identities(const std::filesystem::path &root) {
    Candidates names;
    if (const auto known = keys::IdentityStore(root).list())
        for (const std::string &name : *known)
            names.emplace_back(name, "identity");
    return names;
}

Candidates known_servers(const std::filesystem::path &root) {
    Candidates names;
    std::size_t damaged = 0;
    if (const auto known = client::KnownServers(root).list(damaged))
        for (const auto &server : *known)
            names.emplace_back(server.name, "seen with TLS");
    return names;
}

/// By what the help calls a value: "FILE", "DIR", "client|server|both".
Completion value_of(const CLI::Option &option, const Place &place) {
    const std::string type =
        option.get_positional() ? option.get_name() : std::string(trimmed(option.get_type_name()));
    const CLI::App *group = place.command->get_parent();
    const std::string group_name = group == nullptr ? "" : group->get_name();
    if (option.check_lname("identity") ||
        (option.get_positional() && group_name == "identity" && place.command->get_name() != "add"))
        return {Completion::Kind::words, identities(place.root)};
    if (option.get_positional() && group_name == "known")
        return {Completion::Kind::words, known_servers(place.root)};
    if (type.starts_with("FILE"))
        return {Completion::Kind::files};
    if (type == "DIR" || type == "PATH")
        return {Completion::Kind::directories};
    if (lower_case(type).starts_with("host"))
        return {Completion::Kind::hosts};
    Completion choices;
    if (type.find('|') != std::string::npos && lower_case(type) == type)
        for (const std::string_view word : split(type, '|'))
            choices.candidates.emplace_back(word.substr(0, word.find('[')), "");
    return choices;
}

void add_options(Candidates &candidates, const CLI::App &command) {
    for (const CLI::Option *option : command.get_options())
        for (const std::string &name : option->get_lnames())
            candidates.emplace_back("--" + name, option->get_description());
}

const CLI::Option *next_positional(const Place &place) {
    std::size_t passed = 0;
    for (const CLI::Option *option : place.command->get_options())
        if (option->get_positional()) {
            passed += static_cast<std::size_t>(std::max(1, option->get_items_expected_max()));
            if (place.positionals < passed)
                return option;
        }
    return nullptr;
}

} // namespace

Completion complete(const CLI::App &app, const std::vector<std::string> &words) {
    const std::string current = words.empty() ? "" : words.back();
    const Place place = place_of(app, words);
    if (place.awaiting != nullptr)
        return value_of(*place.awaiting, place);
    Completion completion;
    if (current.starts_with('-')) {
        for (const CLI::App *command = place.command; command != nullptr; command = command->get_parent())
            add_options(completion.candidates, *command);
        Candidates &found = completion.candidates;
        std::ranges::sort(found);
        found.erase(std::unique(found.begin(), found.end(),
                                [](const auto &one, const auto &other) { return one.first == other.first; }),
                    found.end());
        return completion;
    }
    for (const CLI::App *each : place.command->get_subcommands([](const CLI::App *) { return true; }))
        completion.candidates.emplace_back(each->get_name(), each->get_description());
    const CLI::Option *positional = next_positional(place);
    return completion.candidates.empty() && positional != nullptr ? value_of(*positional, place) : completion;
}

void print_completion(const CLI::App &app, const std::vector<std::string> &words, std::ostream &out) {
    static constexpr const char *kinds[] = {"words", "files", "directories", "hosts"};
    const Completion completion = complete(app, words);
    out << kinds[static_cast<std::size_t>(completion.kind)] << '\n';
    for (const auto &[word, description] : completion.candidates)
        if (words.empty() || word.starts_with(words.back()))
            out << printable(word) << '\t' << printable(description) << '\n';
}

} // namespace rpctls::tlsctl
