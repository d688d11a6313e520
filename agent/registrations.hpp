// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace rpctls::agent {

/// Which identity serves which server, where the kernel itself names none: what the mount helper told us. Kept in a
/// file, since a reconnect after the agent's restart must present the same identity. One thread.
class Registrations {
public:
    static constexpr std::size_t most_servers = 4096;

    /// Reads the file; an absent one is empty. Errors (stage input): registrations-unreadable.
    static Result<Registrations> load(std::filesystem::path file);
    /// An empty registry that will be written to `file`.
    explicit Registrations(std::filesystem::path file) : file_(std::move(file)) {}

    std::optional<std::string> find(std::string_view server) const;
    const std::map<std::string, std::string> &all() const { return servers_; }

    /// Every identity that is registered for some server.
    std::set<std::string> identities() const;

    /// Errors (stage keyring): identity-conflict. Errors (stage input): registrations-full, server-name-invalid.
    Status check(std::string_view server, std::string_view identity, bool replace) const;
    /// check() and then, on disk first, set.
    Status set(std::string_view server, std::string_view identity, bool replace);
    /// The configuration's identity serves again. Errors (stage keyring): identity-conflict when one is registered and
    /// `replace` is not given. Errors (stage input): server-name-invalid.
    Status clear(std::string_view server, bool replace);

private:
    Status write(std::map<std::string, std::string> changed);

    std::filesystem::path file_;
    std::map<std::string, std::string> servers_; ///< lower case → identity
};

} // namespace rpctls::agent
