// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/explain.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace rpctls::mount_helper {

namespace {

bool says(std::string_view output, std::string_view words) {
    return output.find(words) != std::string_view::npos;
}

/// The server closed its door behind a good handshake: the export's list of clients, or its xprtsec= (exports(5)).
/// The kernel hears EPERM (NFSv4's WRONGSEC) or EACCES for either, and cannot say which.
Error export_refuses(const FailedMount &failed) {
    const auto &mount = failed.mount;
    Error error{Stage::mount,
                "export-refuses-protection",
                "the server refuses this export to this client, behind a TLS handshake that succeeded",
                {},
                {}};
    error.facts.push_back({"export", to_string(mount.source)});
    error.facts.push_back({"asked", "xprtsec=" + std::string(to_string(mount.protection))});
    if (mount.protection == Protection::tls)
        error.hint =
            "the export may insist on a client certificate: try xprtsec=mtls,tls_identity=NAME; else ask its "
            "administrator which xprtsec=, sec= and clients it accepts (exportfs -v there)";
    else
        error.hint =
            "the export may not accept client certificates: try xprtsec=tls; else ask its administrator "
            "which xprtsec=, sec= and clients it accepts (exportfs -v there)";
    return error;
}

} // namespace

Error from_agent(Error error) {
    constexpr std::array<std::string_view, 4> names{"file-unreadable", "file-missing", "directory-unreadable",
                                                    "identity-unknown"};
    if (std::find(names.begin(), names.end(), error.name) == names.end())
        return error;
    error.facts.push_back({"agent", std::exchange(error.name, "agent-cannot-read")});
    error.stage = Stage::mount;
    error.what.insert(0, "the agent (rpctlsd) cannot read what mount.nfs can: ");
    error.hint =
        "look at the owner and mode of the file and of the folders above it, and for ProtectSystem=, "
        "InaccessiblePaths= or PrivateTmp= in rpctlsd.service";
    return error;
}

Error in_terms_of_mount(Error error, const ProtectedMount &mount) {
    if (error.name == "client-certificate-required" && mount.protection == Protection::tls)
        error.hint = "mount with xprtsec=mtls,tls_identity=NAME (tlsctl identity list shows the names)";
    if ((error.name == "tls-not-offered" || error.name == "tls-refused") && error.hint.empty())
        error.hint = "turn TLS on at the server; without protection the mount would be xprtsec=none";
    return error;
}

bool may_pass(const Error &error) {
    return error.stage == Stage::resolve || error.stage == Stage::connect;
}

bool is_only_slow(const Error &error) {
    return error.stage == Stage::rpc && error.name == "rpc-timeout";
}

std::optional<Error> explain_failure(const FailedMount &failed) {
    if (failed.record)
        return from_agent(*failed.record);
    if (says(failed.output, "No such process"))
        return Error{Stage::kernel,
                     "agent-absent",
                     "the handshake agent went away while this was mounted",
                     {},
                     "systemctl start rpctlsd"};
    constexpr std::array<std::string_view, 3> refusals{"access denied by server", "Operation not permitted",
                                                       "Permission denied"};
    for (const auto refusal : refusals)
        if (says(failed.output, refusal)) {
            auto error = export_refuses(failed);
            // An agent that is not ours keeps what it saw to itself, and the kernel turns it into the same words.
            if (!failed.agent_program.empty() && failed.agent_program != "rpctlsd") {
                error.what =
                    "the server refuses this export to this client, behind a preflight that succeeded";
                error.hint += "; if " + failed.agent_program + " failed the handshake, its log says why";
            }
            return error;
        }
    return std::nullopt;
}

} // namespace rpctls::mount_helper
