// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::client {

/// What a server has shown: that it does TLS at all is the knowledge that makes a stripped STARTTLS (RFC 9289 7.1.1)
/// visible later.
struct KnownServer {
    using Time = std::chrono::sys_seconds;
    std::string name;              ///< as the mount was told, in lower case
    bool asks_certificate = false; ///< it asked for a client certificate, too
    Time first{};                  ///< seen with TLS
    Time last{};                   ///< to the hour, so that many mounts write little
};

/// The record of servers, one small file each in /var/lib/rpctls/servers. Readers need no lock: they see a file as it was
/// or as it is. Whoever writes holds one, so that of two mounts at once neither takes back what the other has learnt.
class KnownServers {
public:
    explicit KnownServers(const std::filesystem::path &root = "/")
        : directory_(root / "var/lib/rpctls/servers") {}

    // Each of those that take a name: error (stage input) server-name-invalid when it is empty or too long to be one.

    /// Absent when it was never seen with TLS. Errors (stage input): known-server-damaged (whoever relies on the record
    /// must not go on), those of read_file.
    Result<std::optional<KnownServer>> find(std::string_view name) const;
    /// It has just been seen with TLS. What is known grows only; forget() alone takes back. Errors: those of write_file
    /// and lock_file.
    Status remember(std::string_view name, bool asks_certificate,
                    KnownServer::Time now =
                        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())) const;
    /// In the order of names. Damaged ones are left out; `damaged` counts them.
    Result<std::vector<KnownServer>> list(std::size_t &damaged) const;
    /// False when it was not known.
    Result<bool> forget(std::string_view name) const;

    const std::filesystem::path &directory() const { return directory_; }

private:
    Result<std::filesystem::path> file_of(std::string_view name) const;

    std::filesystem::path directory_;
};

} // namespace rpctls::client
