// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>

namespace rpctls::tls {

/// What GnuTLS says of its own work, at levels up to 6: handshake messages, records and decisions, by their names. From 7
/// on it would write down the octets of messages and, at 9, keys; those levels are never set, whatever is asked for.
inline constexpr int highest_library_level = 6;

/// Has GnuTLS tell `sink`, on whichever thread it works: printable text without an end of line. Once in a process, before
/// there are threads; an empty sink ends it. The sink must not throw.
void set_library_log(std::function<void(const std::string &message)> sink);

/// 0: nothing. Any thread.
void set_library_log_level(int level);

} // namespace rpctls::tls
