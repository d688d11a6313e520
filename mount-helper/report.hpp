// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/error.hpp"

#include <string>
#include <string_view>

namespace rpctls::mount_helper {

/// Tells the caller on standard error: in words, or, with RPCTLS_JSON=1 in the environment, as one line of JSON with
/// the fields of to_json(Error) and `output`, what nfs-utils' program wrote. Words put that output behind ours.
class Reporter {
public:
    Reporter(std::string program, bool json) : program_(std::move(program)), json_(json) {}

    void failure(const Error &error, std::string_view output = {}) const;
    void warning(std::string_view text) const;
    /// What nfs-utils' program wrote, as it is.
    void output(std::string_view text) const;

    const std::string &program() const { return program_; }

private:
    std::string program_;
    bool json_;
};

/// For -v: "  handshake  12.3 ms".
std::string stage_line(std::string_view stage, double milliseconds);

} // namespace rpctls::mount_helper
