// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/report.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/text.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace rpctls::mount_helper {

void Reporter::failure(const Error &error, std::string_view output_text) const {
    if (json_) {
        auto object = to_json(error);
        if (!output_text.empty())
            object["output"] = printable(trimmed(output_text));
        const auto line = object.dump() + "\n";
        std::fputs(line.c_str(), stderr);
        return;
    }
    std::fputs(message(program_, error).c_str(), stderr);
    output(output_text);
}

void Reporter::warning(std::string_view text) const {
    std::fputs((program_ + ": warning: " + std::string(text) + "\n").c_str(), stderr);
}

void Reporter::output(std::string_view text) const {
    std::fwrite(text.data(), 1, text.size(), stderr);
    if (!text.empty() && text.back() != '\n')
        std::fputc('\n', stderr);
}

std::string stage_line(std::string_view stage, double milliseconds) {
    char line[64];
    std::snprintf(line, sizeof line, "  %-10.*s %8.1f ms", static_cast<int>(stage.size()), stage.data(),
                  milliseconds);
    return line;
}

} // namespace rpctls::mount_helper
