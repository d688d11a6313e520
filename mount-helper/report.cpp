// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/report.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/text.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace rpctls::mount_helper {

namespace {

using nlohmann::json;

void tell(const json &object) {
    std::puts(object.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
    std::fflush(stdout);
}

} // namespace

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

void Reporter::preflight(const PreflightSteps &seen) const {
    if (json_) {
        json object{{"preflight", seen.server}, {"asked", seen.asked}, {"steps", json::array()}};
        for (const auto &step : seen.steps)
            object["steps"].push_back({{"name", step.name}, {"ms", step.milliseconds}});
        if (seen.session)
            object["session"] = {{"address", seen.session->address},
                                 {"version", seen.session->version},
                                 {"cipher", seen.session->cipher},
                                 {"peer", seen.session->peer}};
        tell(object);
        return;
    }
    std::printf("%s: preflight of %s with xprtsec=%s\n", program_.c_str(), printable(seen.server).c_str(),
                seen.asked.c_str());
    for (const auto &step : seen.steps)
        this->step(step.name, step.milliseconds);
    if (seen.session)
        std::printf("  %s, %s, %s, server %s\n", seen.session->address.c_str(), seen.session->version.c_str(),
                    seen.session->cipher.c_str(), printable(seen.session->peer).c_str());
    std::fflush(stdout);
}

void Reporter::step(std::string_view name, double milliseconds) const {
    if (json_)
        tell({{"step", name}, {"ms", milliseconds}});
    else
        std::printf("  %-10s %8.1f ms\n", std::string(name).c_str(), milliseconds);
    std::fflush(stdout);
}

} // namespace rpctls::mount_helper
