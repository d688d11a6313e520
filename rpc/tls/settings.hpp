// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/ini.hpp"
#include "rpc/tls/client_filter.hpp"
#include "rpc/tls/server_pins.hpp"
#include "rpc/tls/session.hpp"
#include "rpctls/result.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::tls {

/// [authenticate.client] or [authenticate.server]: option names as in tlshd.conf(5).
struct RoleSettings {
    /// x509.truststore; without it the file that `tlsctl trust` keeps, where it exists; else absent: the system's
    std::optional<std::filesystem::path> truststore;
    bool truststore_is_kept = false;                  ///< it is that of `tlsctl trust`
    std::optional<std::filesystem::path> crl;         ///< x509.crl
    std::optional<std::filesystem::path> certificate; ///< x509.certificate
    std::optional<std::filesystem::path> private_key; ///< x509.private_key
    /// x509.pq.certificate and x509.pq.private_key, as named: see use_post_quantum()
    std::optional<std::filesystem::path> pq_certificate;
    std::optional<std::filesystem::path> pq_private_key;
    std::optional<std::string> identity;      ///< identity=NAME, ours: a named identity instead of two files
    AlpnPolicy alpn = AlpnPolicy::compatible; ///< alpn=compatible|strict, ours
};

/// rpctls.conf, or tlshd's file in its absence: what programs need to make sessions.
struct Settings {
    std::filesystem::path origin;                 ///< empty: no file was found, all defaults
    int debug_level = 0;                          ///< [debug] loglevel
    int tls_debug_level = 0;                      ///< [debug] tls
    std::vector<std::string> keyrings;            ///< [authenticate] keyrings: names or serials
    std::optional<std::filesystem::path> metrics; ///< [agent] metrics, ours
    RoleSettings client;
    RoleSettings server;
    /// [service] and [service.NAME], for the agent to make sense of: who may have handshakes performed.
    std::vector<Ini::Entry> service;
    std::shared_ptr<const ClientFilters>
        clients;                        ///< [clients.TAG], ours; absent: every verified client may in
    ServerPins server_pins;             ///< pin= of [mount.SERVER], ours
    std::vector<std::string> pq_places; ///< file and line of each x509.pq option, for use_post_quantum()
    std::vector<std::string> warnings;  ///< options nobody knows, with file and line
};

/// Where settings are looked for when no file is named, in this order.
std::vector<std::filesystem::path> default_settings_files(const std::filesystem::path &root = "/");

/// Reads `file`, or without one the first that exists of /etc/rpctls/rpctls.conf, /etc/tlshd/config and
/// /etc/tlshd.conf, each below `root`. No file is no error, except when `file` was named. An empty value leaves its
/// option unset. A role for which no trust store is named gets the one that `tlsctl trust` keeps, see trust_place.hpp. Errors: those of read_file and Ini::parse, and config-value (stage config).
Result<Settings> load_settings(const std::optional<std::filesystem::path> &file,
                               const std::filesystem::path &root = "/");

/// As another agent would have them, which does not know of what `tlsctl trust` keeps.
void forget_kept_trust(Settings &settings);

} // namespace rpctls::tls
