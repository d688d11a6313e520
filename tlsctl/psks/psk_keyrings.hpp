// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/keyring.hpp"
#include "rpc/keys/keyring_names.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// The kernel's keyring for NVMe/TCP, which nvme-keyring.ko brings.
inline constexpr const char *nvme_keyring = ".nvme";

/// Keyrings by name, in our possession. With --root there are none: they are the running system's.
class PskKeyrings {
public:
    explicit PskKeyrings(const Context &context) : running_system_(context.root == "/") {}

    /// Absent when there is none of that name. Errors: those of keys::possess.
    Result<std::optional<keys::Serial>> find(const std::string &name);
    /// Makes it when there is none, but for those whose names begin with a dot: only the kernel makes them.
    Result<std::optional<keys::Serial>> find_or_make(const std::string &name);

    /// False with --root.
    bool running_system() const { return running_system_; }

private:
    bool running_system_;
    keys::KeyringNames names_;
    std::map<std::string, keys::Serial> possessed_;
};

/// [authenticate] keyrings= of the configuration, as the agent reads it.
Result<std::vector<std::string>> configured_keyrings(const Context &context);

} // namespace rpctls::tlsctl
