// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/keyring_names.hpp"

#include "rpc/base/file.hpp"
#include "rpc/keys/proc_keys.hpp"

#include <charconv>

namespace rpctls::keys {

namespace {

constexpr std::size_t largest_proc_keys = 16 * 1024 * 1024;
constexpr std::chrono::seconds look_again_after{1};
/// More than any configuration names.
constexpr std::size_t most_known = 64;

std::optional<Serial> look_up(const std::string &name) {
    if (name == ".nfs") { // one in each network namespace on newer kernels
        const auto found = find_nfs_keyring();
        return found ? *found : std::nullopt;
    }
    const auto keys = read_file("/proc/keys", largest_proc_keys);
    return keys ? find_root_keyring(*keys, name) : std::nullopt;
}

} // namespace

std::optional<Serial> parse_serial(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    }
    Serial serial = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), serial, base);
    if (error != std::errc() || end != text.data() + text.size() || serial <= 0)
        return std::nullopt;
    return serial;
}

std::optional<Serial> KeyringNames::find(const std::string &name) {
    if (const auto serial = parse_serial(name))
        return serial;
    const std::lock_guard hold(lock_);
    const auto now = Clock::now();
    if (const auto known = known_.find(name); known != known_.end()) {
        if (known->second.serial && is_root_keyring(*known->second.serial, name))
            return known->second.serial;
        if (!known->second.serial && now - known->second.looked < look_again_after)
            return std::nullopt;
    }
    if (known_.size() >= most_known)
        known_.clear();
    const auto serial = look_up(name);
    known_.insert_or_assign(name, Known{serial, now});
    return serial;
}

} // namespace rpctls::keys
