// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/outcome.hpp"

#include <array>
#include <cerrno>
#include <string_view>

namespace rpctls::agent {

namespace {

struct Row {
    std::string_view name;
    int status;
};

// By name where the stage alone does not decide. A peer that went away may come back (a server that restarts sends
// RST), and so may an agent: a hard mount must outlive both, so these are worth another try.
constexpr std::array by_name{
    Row{"handshake-closed", ETIMEDOUT},
    Row{"handshake-reset", ETIMEDOUT},
    Row{"handshake-timeout", ETIMEDOUT},
    Row{"session-reset", ETIMEDOUT},
    Row{"session-truncated", ETIMEDOUT},
    Row{"agent-stopping", ETIMEDOUT},
    Row{"agent-overloaded", ETIMEDOUT},
    Row{"peer-overloaded", ETIMEDOUT},
    Row{"peer-silent", ETIMEDOUT},
    Row{"peer-alert", EACCES},
    Row{"client-certificate-required", EACCES},
    Row{"client-certificate-refused", EACCES},
    // NVMe/TCP gives up for good on these two, and on a key that cannot be read; after all others it connects again.
    Row{"psk-identity-unknown", EKEYREJECTED},
    Row{"psk-identity-refused", EKEYREJECTED},
    Row{"psk-mismatch", EACCES},
    Row{"psk-missing", EACCES},
    Row{"alpn-missing", EACCES},
    Row{"alpn-mismatch", EACCES},
    Row{"tls-version", EACCES},
    Row{"no-common-cipher", EACCES},
    Row{"request-invalid", EINVAL},
};

Error own_error(std::string name, std::string what) {
    Error error;
    error.stage = Stage::handshake;
    error.name = std::move(name);
    error.what = std::move(what);
    return error;
}

} // namespace

int status_for(const Error &error) {
    for (const Row &row : by_name)
        if (row.name == error.name)
            return row.status;
    if (error.system_errno == ENOMEM)
        return ENOMEM;
    switch (error.stage) {
    case Stage::verify:
        return EACCES;
    case Stage::input:
    case Stage::config:
    case Stage::keyring:
        return ENOKEY;
    default:
        return EIO;
    }
}

bool is_rejection(const Error &error) {
    return error.name.ends_with("-overloaded");
}

Error handshake_timed_out(std::chrono::milliseconds waited) {
    return own_error("handshake-timeout", "the peer did not finish the handshake in time")
        .with("waited", std::to_string(waited.count()) + " ms");
}

Error agent_stopping() {
    return own_error("agent-stopping", "the handshake agent was stopped");
}

Error agent_overloaded(std::size_t limit) {
    return own_error("agent-overloaded", "too many handshakes at once")
        .with("limit", std::to_string(limit))
        .advise("look for peers that connect and then say nothing");
}

Error peer_overloaded(std::size_t limit) {
    return own_error("peer-overloaded", "this peer has too many handshakes under way")
        .with("limit", std::to_string(limit))
        .advise("look at what this host does: it connects faster than it shakes hands");
}

Error peer_silent(std::chrono::milliseconds waited) {
    return own_error("peer-silent",
                     "the peer asked for TLS and then said nothing, while others were in need of its place")
        .with("waited", std::to_string(waited.count()) + " ms")
        .advise("look at what this host does; if many are like it and honest, give nfsd more threads");
}

} // namespace rpctls::agent
