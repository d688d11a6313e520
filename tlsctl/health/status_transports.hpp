// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/kernel/mounts.hpp"
#include "rpc/kernel/tcp_connections.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rpctls::tlsctl {

/// Connections of one kind: their protection, and how many.
using Protections = std::map<std::string, std::size_t>;

/// An NFS mount, what it asks for, and what its server's connections have. Mounts of one server may share connections,
/// and the kernel does not say which are whose.
struct MountTransport {
    std::string mount_point;
    std::string source;
    std::string xprtsec; ///< none, tls, mtls
    Protections connections{};
};

/// What the running kernel does by TLS, or without it.
struct Transports {
    std::vector<MountTransport> mounts;
    std::size_t nfsd_threads = 0;
    std::map<std::string, Protections> clients; ///< of this host's NFS server, by their addresses
    bool connections_told = false;
    std::map<std::string, std::uint64_t> counters; ///< of kTLS
};

/// Pure: who of `connections` belongs to which mount, and who is a client of the NFS server at port 2049.
Transports sort_transports(const std::vector<kernel::Mount> &mounts,
                           const std::vector<kernel::TcpConnection> &connections, std::size_t nfsd_threads);

/// Of this mount and network namespace. Connections are told to root alone.
Transports look_at_transports();

std::string transports_words(const Transports &transports);
nlohmann::json transports_json(const Transports &transports);

} // namespace rpctls::tlsctl
