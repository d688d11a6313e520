// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// exports(5), and the table that exportfs makes of it (/var/lib/nfs/etab), which is written in the same way.
namespace rpctls::kernel {

/// The transports that an export takes: xprtsec=. Without the option all of them.
struct ExportProtection {
    bool none = false; ///< without TLS
    bool tls = false;  ///< TLS of a client that proves nothing
    bool mtls = false; ///< TLS of a client that proves a certificate

    bool only_mtls() const { return mtls && !tls && !none; }
    /// What passes here and not there.
    bool weaker_than(const ExportProtection &other) const {
        return (none && !other.none) || (tls && !other.tls && !other.none);
    }
    /// "tls:mtls"
    std::string words() const;
    friend bool operator==(const ExportProtection &, const ExportProtection &) = default;
};

/// "none", "tls:mtls", …; absent when a word is unknown or there is none.
std::optional<ExportProtection> parse_export_protection(std::string_view words);

/// A path for one client specification.
struct ExportEntry {
    std::string path;                 ///< quotes and escapes undone
    std::string client;               ///< as written; "*" where none was
    std::vector<std::string> options; ///< the line's default options, then its own
    std::size_t line = 0;

    /// As exportfs sees it: every xprtsec= of the line adds to what is taken, none is taken back.
    ExportProtection protection() const;
};

/// Reads the whole file as exportfs does: comments, continued lines, quotes, octal escapes, default options. Pure. Errors
/// (stage config): exports-syntax with file and line, where exportfs stops reading, too; exports-too-many (20000).
Result<std::vector<ExportEntry>> parse_exports(std::string_view text, std::string_view origin);

/// One line of such a file, with its end. The path is escaped where it has to be; the other parts must have passed
/// check_export_options and parse_export_client.
std::string render_export(const ExportEntry &entry);

/// Options as they may stand in one pair of brackets: "rw,sync,fsid=0". Errors (stage input): export-options-invalid;
/// also for xprtsec=, which has an option of its own.
Result<std::vector<std::string>> check_export_options(std::string_view list);

} // namespace rpctls::kernel
