// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::mount_helper {

/// What -v shows of a preflight.
struct PreflightSteps {
    std::string server;
    std::string asked; ///< "auto", "tls", "mtls"
    struct Step {
        std::string name;
        double milliseconds;
    };
    std::vector<Step> steps;
    /// Of the session, when all went well: "192.0.2.7", "TLS 1.3", "TLS_AES_256_GCM_SHA384", "CN=nfs1".
    struct Session {
        std::string address;
        std::string version;
        std::string cipher;
        std::string peer;
    };
    std::optional<Session> session;
};

/// Tells the caller on standard error: in words, or, with --json or RPCTLS_JSON=1 in the environment, as one line of JSON
/// with the fields of to_json(Error) and `output`, what nfs-utils' program wrote. Words put that output behind ours. What
/// -v shows goes to standard output, in the same two ways.
class Reporter {
public:
    Reporter(std::string program, bool json) : program_(std::move(program)), json_(json) {}

    void failure(const Error &error, std::string_view output = {}) const;
    void warning(std::string_view text) const;
    /// What nfs-utils' program wrote, as it is.
    void output(std::string_view text) const;

    void preflight(const PreflightSteps &steps) const;
    /// A step after the preflight.
    void step(std::string_view name, double milliseconds) const;

    const std::string &program() const { return program_; }

private:
    std::string program_;
    bool json_;
};

} // namespace rpctls::mount_helper
