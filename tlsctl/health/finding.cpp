// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/finding.hpp"

#include "rpc/base/text.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace rpctls::tlsctl {

std::string_view to_string(Level level) {
    switch (level) {
    case Level::pass:
        return "pass";
    case Level::warn:
        return "warn";
    case Level::fail:
        return "fail";
    case Level::unknown:
        break;
    }
    return "unknown";
}

Finding sound(std::string_view link, std::string what, std::vector<Fact> facts) {
    return {std::string(link), Level::pass, {}, std::move(what), std::move(facts)};
}

Finding fault(Level level, std::string_view link, std::string name, std::string what, std::vector<Fact> facts,
              std::string mend) {
    return {std::string(link), level, std::move(name), std::move(what), std::move(facts),
            std::move(mend),   {}};
}

Finding finding_from(const Error &error, std::string_view link, Level level) {
    const bool denied = error.system_errno == EACCES || error.system_errno == EPERM;
    if (denied && ::geteuid() != 0)
        return needs_root(link, error.what);
    return fault(level, link, error.name, error.what, error.facts, error.hint);
}

Finding needs_root(std::string_view link, std::string what) {
    return fault(Level::unknown, link, "no-permission", std::move(what), {}, "run as root");
}

Finding fixed_by(Finding finding, std::vector<std::string> command) {
    std::vector<std::string> words = command;
    words.front() = words.front().substr(words.front().rfind('/') + 1);
    finding.mend = join(words, " ");
    finding.fix = std::move(command);
    return finding;
}

bool any(const Findings &findings, Level level) {
    return std::ranges::any_of(findings, [level](const Finding &finding) { return finding.level == level; });
}

} // namespace rpctls::tlsctl
