// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tests/unit/temporary_directory.hpp"
#include "tlsctl/cli/program.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace rpctls::test {

struct Outcome {
    int exit = -1;
    std::string out;
    std::string err;

    nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// tlsctl as a system of its own: all default paths lie in a directory that goes with the test.
class System {
public:
    Outcome run(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--root", root_->path().string()});
        std::ostringstream out;
        std::ostringstream err;
        Outcome outcome;
        outcome.exit = tlsctl::run(std::move(arguments), out, err);
        outcome.out = out.str();
        outcome.err = err.str();
        return outcome;
    }

    std::string path(const std::string &name) const { return (root_->path() / name).string(); }
    bool has(const std::string &name) const { return std::filesystem::exists(root_->path() / name); }
    /// How many entries a directory has, hidden ones but the lock included.
    std::size_t entries(const std::string &name) const {
        std::size_t count = 0;
        for (const auto &entry : std::filesystem::directory_iterator(root_->path() / name))
            count += entry.path().filename() != ".lock";
        return count;
    }

private:
    std::unique_ptr<TemporaryDirectory> root_ = std::make_unique<TemporaryDirectory>();
};

} // namespace rpctls::test
