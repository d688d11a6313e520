// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/status_transports.hpp"

#include "rpc/base/text.hpp"
#include "rpc/client/preflight.hpp"
#include "rpc/kernel/nfsd.hpp"
#include "tlsctl/cli/table.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

namespace rpctls::tlsctl {

namespace {

constexpr const char *in_clear = "in clear";

std::string protection_of(const kernel::TcpConnection &connection) {
    if (!connection.tls)
        return in_clear;
    const std::string &version = connection.tls->version;
    return version.empty()                  ? "TLS"
           : connection.tls->cipher.empty() ? version
                                            : version + " " + connection.tls->cipher;
}

/// "192.0.2.7" of addr=, which has a scope when it is link-local.
std::string address_of(const kernel::Mount &mount) {
    const std::string address = mount.option("addr").value_or("");
    return address.substr(0, address.find('%'));
}

std::uint16_t port_of(const kernel::Mount &mount) {
    const auto port = parse_number(mount.option("port").value_or(""), UINT16_MAX);
    return port && *port != 0 ? static_cast<std::uint16_t>(*port) : client::nfs_port;
}

std::string words(const Protections &protections) {
    std::vector<std::string> parts;
    for (const auto &[protection, count] : protections)
        parts.push_back(std::to_string(count) + " " + protection);
    return join(parts, ", ");
}

Protections total(const std::map<std::string, Protections> &clients) {
    Protections sum;
    for (const auto &[address, protections] : clients)
        for (const auto &[protection, count] : protections)
            sum[protection] += count;
    return sum;
}

std::string counter(const Transports &transports, const char *name) {
    const auto found = transports.counters.find(name);
    return found == transports.counters.end() ? "0" : std::to_string(found->second);
}

} // namespace

Transports sort_transports(const std::vector<kernel::Mount> &mounts,
                           const std::vector<kernel::TcpConnection> &connections, std::size_t nfsd_threads) {
    Transports found;
    found.nfsd_threads = nfsd_threads;
    for (const kernel::Mount &mount : mounts) {
        if (!mount.is_nfs())
            continue;
        MountTransport transport{mount.mount_point, mount.source, mount.option("xprtsec").value_or("none")};
        for (const kernel::TcpConnection &connection : connections)
            if (connection.remote == address_of(mount) && connection.remote_port == port_of(mount))
                ++transport.connections[protection_of(connection)];
        found.mounts.push_back(std::move(transport));
    }
    if (nfsd_threads != 0)
        for (const kernel::TcpConnection &connection : connections)
            if (connection.local_port == client::nfs_port)
                ++found.clients[connection.remote][protection_of(connection)];
    return found;
}

Transports look_at_transports() {
    std::optional<std::vector<kernel::TcpConnection>> connections;
    if (::geteuid() == 0)
        connections = kernel::tcp_connections();
    const auto mounts = kernel::read_mounts();
    auto found =
        sort_transports(mounts ? *mounts : std::vector<kernel::Mount>(),
                        connections.value_or(std::vector<kernel::TcpConnection>()), kernel::nfsd_threads());
    found.connections_told = connections.has_value();
    found.counters = kernel::tls_counters();
    return found;
}

std::string transports_words(const Transports &transports) {
    std::string text;
    if (!transports.mounts.empty()) {
        std::vector<std::vector<std::string>> rows;
        for (const MountTransport &mount : transports.mounts)
            rows.push_back({mount.mount_point, mount.source, mount.xprtsec,
                            transports.connections_told ? words(mount.connections) : "?"});
        text += "\n" + table({"MOUNT", "SOURCE", "XPRTSEC", "CONNECTIONS TO ITS SERVER"}, rows);
    }
    if (transports.nfsd_threads != 0)
        text += "\nNFS server\n" +
                fields({{"threads", std::to_string(transports.nfsd_threads)},
                        {"clients", std::to_string(transports.clients.size())},
                        {"connections", transports.connections_told
                                            ? words(total(transports.clients))
                                            : "told to root alone, or this kernel has no tcp_diag"}});
    if (!transports.counters.empty())
        text += "\nkTLS\n" +
                fields({{"now", counter(transports, "TlsCurrTxSw") + " sending, " +
                                    counter(transports, "TlsCurrRxSw") + " receiving"},
                        {"since the boot", counter(transports, "TlsTxSw") + " sending, " +
                                               counter(transports, "TlsRxSw") + " receiving"},
                        {"records that were not authentic", counter(transports, "TlsDecryptError")}});
    return text;
}

nlohmann::json transports_json(const Transports &transports) {
    nlohmann::json json = {
        {"mounts", nlohmann::json::array()},
        {"server", {{"threads", transports.nfsd_threads}, {"clients", nlohmann::json::array()}}},
        {"connections_told", transports.connections_told},
        {"ktls", transports.counters}};
    for (const MountTransport &mount : transports.mounts)
        json["mounts"].push_back({{"mount_point", mount.mount_point},
                                  {"source", mount.source},
                                  {"xprtsec", mount.xprtsec},
                                  {"connections", mount.connections}});
    for (const auto &[address, protections] : transports.clients)
        json["server"]["clients"].push_back({{"address", address}, {"connections", protections}});
    return json;
}

} // namespace rpctls::tlsctl
