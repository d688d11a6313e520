// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace rpctls::kernel {

/// What the running kernel said when asked; `unknown` when it could not be asked (no permission, no such call).
enum class Answer { no, yes, unknown };

/// What NFS over TLS needs of the kernel besides the handshake service (find_agent() tells about that one).
struct Capabilities {
    std::string release;              ///< "6.12.57+deb13-amd64"
    Answer ktls = Answer::unknown;    ///< record protection in the kernel (CONFIG_TLS)
    Answer nfs = Answer::unknown;     ///< an NFS client
    Answer xprtsec = Answer::unknown; ///< the NFS client takes xprtsec= (6.5 or newer)
    Answer key_serials =
        Answer::unknown; ///< it takes cert_serial= and privkey_serial=, and has the keyring `.nfs`
};

/// Asks the kernel itself, not its version, since distributions backport. Each question also makes the kernel load the
/// module that it is about, as the mount would; nothing is mounted, connected or left behind.
Capabilities probe_capabilities();

} // namespace rpctls::kernel
