// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "mount-helper/arguments.hpp"
#include "mount-helper/source.hpp"
#include "rpc/client/mount_policy.hpp"
#include "rpctls/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace rpctls::mount_helper {

using client::Protection;
using client::to_string;

/// How much of the server is tried before the mount: nothing, whether it offers TLS, or all up to a call inside TLS.
enum class Depth { off, probe, full };

/// Nothing for us to do: nfs-utils' program gets the command line as it came.
struct PassThrough {};

/// A changed option of what is mounted already: no new transport, hence no preflight.
struct Remount {
    std::optional<Protection> protection; ///< as asked; it can only be what the mount has
    bool automatic = false;               ///< xprtsec=auto: what it came to stays
    Options options;                      ///< without ours
};

/// A mount with TLS, or with what the server can under xprtsec=auto.
struct ProtectedMount {
    Protection protection{};
    bool automatic = false; ///< xprtsec=auto: the protection is none until the preflight has shown more
    Protection least = Protection::none; ///< whatever is chosen
    std::optional<std::string> identity; ///< tls_identity=
    Depth preflight = Depth::full;       ///< preflight=
    Source source;
    std::uint16_t port = 0;
    std::optional<int> family; ///< AF_INET or AF_INET6, where proto= names one
    std::uint32_t version = 4; ///< of the NFS program, for the preflight's calls
    Options
        options; ///< for nfs-utils' program: xprtsec= as decided (none when it is automatic), tls_identity= and preflight= taken out
    bool background = false; ///< bg: a server that does not answer yet is tried again
};

using Plan = std::variant<PassThrough, Remount, ProtectedMount>;

/// Which file system type was asked for: "nfs", "nfs4" or "nfstls", by -t or the name we were called by.
std::string file_system_type(std::string_view program, const Arguments &arguments);

/// Pure: what this command line asks for. Errors (stage input): xprtsec-unknown, identity-without-mtls, identity-name-empty, preflight-unknown, preflight-needed, transport-unprotectable, port-invalid, namespace-unsupported, and those
/// of parse_source(); each names the option and what it may be.
Result<Plan> make_plan(std::string_view program, const Arguments &arguments);

} // namespace rpctls::mount_helper
