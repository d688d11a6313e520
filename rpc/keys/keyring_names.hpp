// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/keyring.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace rpctls::keys {

/// Keyrings by name (".nvme") or number (decimal, or 0x…), remembered: a name costs one system call once it is known,
/// and /proc/keys is read at most once a second for names that are not there. Modules bring their keyrings when they
/// are loaded and take them along, so what is remembered is checked. Only root's keyrings have a name here. Safe for
/// several threads.
class KeyringNames {
public:
    std::optional<Serial> find(const std::string &name);

private:
    using Clock = std::chrono::steady_clock;
    struct Known {
        std::optional<Serial> serial;
        Clock::time_point looked;
    };
    std::mutex lock_;
    std::map<std::string, Known> known_;
};

/// Decimal or 0x…, positive; absent for anything else.
std::optional<Serial> parse_serial(std::string_view text);

} // namespace rpctls::keys
