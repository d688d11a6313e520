// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/handshake.hpp"
#include "agent/log.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rpctls::agent {

/// One entry for each handshake, as RFC 9289 section 6.1 wants it (the logger adds the time).
struct AuditEntry {
    Priority priority;
    std::string message;
    std::vector<LogField> fields;
};

/// Pure. Everything that came from the peer is made printable.
AuditEntry audit_entry(const Report &report);

/// "none", "server-auth", "mutual-x509" or "mutual-psk": what the session's ends proved to each other.
std::string_view mode_of(const Report &report);

/// "nfs1.example (192.0.2.7)" or the address alone.
std::string peer_of(const Report &report);

} // namespace rpctls::agent
