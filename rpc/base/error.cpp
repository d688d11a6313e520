// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpctls/error.hpp"

#include <system_error>

namespace rpctls {

std::string_view to_string(Stage stage) {
    switch (stage) {
    case Stage::input:
        return "input";
    case Stage::config:
        return "config";
    case Stage::resolve:
        return "resolve";
    case Stage::connect:
        return "connect";
    case Stage::probe:
        return "probe";
    case Stage::handshake:
        return "handshake";
    case Stage::verify:
        return "verify";
    case Stage::rpc:
        return "rpc";
    case Stage::keyring:
        return "keyring";
    case Stage::kernel:
        return "kernel";
    case Stage::mount:
        return "mount";
    }
    return "unknown";
}

std::optional<Stage> stage_named(std::string_view word) {
    for (const Stage stage :
         {Stage::input, Stage::config, Stage::resolve, Stage::connect, Stage::probe, Stage::handshake,
          Stage::verify, Stage::rpc, Stage::keyring, Stage::kernel, Stage::mount})
        if (to_string(stage) == word)
            return stage;
    return std::nullopt;
}

Error &&Error::with(std::string key, std::string value) && {
    facts.push_back({std::move(key), std::move(value)});
    return std::move(*this);
}

Error &&Error::with_errno(int number) && {
    system_errno = number;
    return std::move(*this);
}

Error &&Error::advise(std::string remedy) && {
    hint = std::move(remedy);
    return std::move(*this);
}

std::string summary(const Error &error) {
    std::string text = error.what;
    const char *separator = ": ";
    for (const Fact &fact : error.facts) {
        text += separator;
        text += fact.key;
        if (!fact.value.empty())
            text += (fact.key.empty() ? "" : " ") + fact.value;
        separator = "; ";
    }
    if (error.system_errno != 0) {
        text += separator;
        text += std::generic_category().message(error.system_errno);
    }
    return text;
}

std::string message(std::string_view program, const Error &error) {
    std::string text(program);
    text += ": " + summary(error) + "\n";
    if (!error.hint.empty())
        text += "  hint: " + error.hint + "\n";
    return text;
}

Error system_error(Stage stage, std::string name, std::string what, int number) {
    Error error;
    error.stage = stage;
    error.name = std::move(name);
    error.what = std::move(what);
    error.system_errno = number;
    return error;
}

} // namespace rpctls
