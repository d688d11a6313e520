// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/settings.hpp"
#include "rpc/tls/trust_file.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::tlsctl {

/// Where the CA certificates of a role come from.
struct TrustSource {
    enum class Kind {
        system,     ///< nobody said anything: the system's trust store
        kept,       ///< the file that these commands keep
        configured, ///< one that the settings name
    };
    tls::TrustRole role{};
    Kind kind = Kind::system;
    std::filesystem::path file;          ///< that is read, or with `system` would be made
    std::filesystem::path configuration; ///< the settings that name it
    std::optional<std::filesystem::path> crl;
};

/// Errors: those of load_settings.
Result<TrustSource> find_trust(tls::TrustRole role, const Context &context);

/// The certificates of such a file; none for the system's store. Errors: those of read_file and parse_trust.
Result<std::vector<tls::CertificateInfo>> read_trust(const TrustSource &source);

/// What became of one file of CA certificates.
struct TrustFileChange {
    std::filesystem::path file;
    std::vector<tls::TrustRole> roles;
    std::optional<std::string> previous;            ///< what it held; absent: there was none
    std::vector<tls::CertificateInfo> changed;      ///< added or removed
    std::vector<tls::CertificateInfo> already;      ///< that were to be added, and are there
    std::vector<tls::CertificateInfo> certificates; ///< it has now
};

struct TrustChange {
    std::vector<TrustFileChange> files;
    /// Of what a person should know: a role that has left the system's store, or trusts nobody from now on.
    std::vector<std::string> notes;
};

/// Trusts the CA certificates of `pem_or_der`, which came from `origin`, in these roles; those that are trusted already
/// are no error. All or nothing, locked; running agents take it up by themselves. Errors (stage input): those of
/// parse_trust and check_authority (ca-expired not with `force`), trust-elsewhere (the settings name a file that is not
/// ours to edit), trust-unusable, and those of the files.
Result<TrustChange> add_trust(std::string_view pem_or_der, std::string_view origin,
                              const std::vector<tls::TrustRole> &roles, const Context &context,
                              bool force = false);

/// Takes certificates out again: by fingerprint (SHA-256, its first 8 digits or more, colons allowed), common name or
/// whole subject; without a word all. What then is empty says that nobody is trusted, and never falls back to the
/// system's store. Errors: trust-unknown, trust-ambiguous, trust-elsewhere, trust-unusable, and those of the files.
Result<TrustChange> remove_trust(const std::optional<std::string> &which,
                                 const std::vector<tls::TrustRole> &roles, const Context &context);

/// Removes the kept files of these roles, so that the system's store counts again. The roles that had one.
Result<TrustChange> return_to_system_trust(const std::vector<tls::TrustRole> &roles, const Context &context);

/// After add_trust or remove_trust: the files as they were before it, when they still are as it left them. For who
/// undoes several steps. Errors (stage input): trust-changed, and those of the files.
Status undo_trust(const TrustChange &change, const Context &context);

} // namespace rpctls::tlsctl
