// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/exports_check.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tlsctl/health/checks.hpp"

#include <algorithm>
#include <map>

namespace rpctls::tlsctl {

namespace {

constexpr std::string_view link = "exports";
constexpr std::size_t largest_etab = 16 * 1024 * 1024;

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

/// nfs-utils writes blanks and the like as \ooo.
std::string without_escapes(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] <= '3' && is_octal(text[i + 1]) &&
            is_octal(text[i + 2]) && is_octal(text[i + 3])) {
            plain +=
                static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

std::optional<ActiveExport> parse_line(std::string_view line) {
    const auto tab = line.find('\t');
    const auto open = line.find('(', tab == std::string_view::npos ? 0 : tab);
    if (tab == std::string_view::npos || open == std::string_view::npos || !line.ends_with(')'))
        return std::nullopt;
    ActiveExport found{without_escapes(line.substr(0, tab)),
                       without_escapes(line.substr(tab + 1, open - tab - 1)),
                       {"none", "tls", "mtls"}};
    for (const std::string_view option : split(line.substr(open + 1, line.size() - open - 2), ',')) {
        constexpr std::string_view key = "xprtsec=";
        if (!option.starts_with(key))
            continue;
        found.protections.clear();
        for (const std::string_view word : split(option.substr(key.size()), ':'))
            found.protections.emplace_back(word);
    }
    return found;
}

} // namespace

bool ActiveExport::allows(std::string_view protection) const {
    return std::ranges::find(protections, protection) != protections.end();
}

std::vector<ActiveExport> parse_etab(std::string_view text) {
    std::vector<ActiveExport> exports;
    for (const std::string_view line : split(text, '\n'))
        if (auto found = parse_line(trimmed(line)))
            exports.push_back(std::move(*found));
    return exports;
}

Findings judge_exports(const std::vector<ActiveExport> &exports, bool has_certificate) {
    if (exports.empty())
        return {fault(Level::warn, link, "nothing-exported", "no directory is exported at present", {},
                      "exportfs -ra")};
    Findings findings;
    std::map<std::string, std::vector<std::string>> plain;
    bool any_tls = false;
    for (const ActiveExport &one : exports) {
        if (one.allows("none"))
            plain[one.path].push_back(one.client);
        any_tls = any_tls || one.allows("tls") || one.allows("mtls");
    }
    for (const auto &[path, clients] : plain)
        findings.push_back(fault(Level::warn, link, "export-plaintext", path + " may be mounted without TLS",
                                 {{"by", join(clients, ", ")}},
                                 "give it xprtsec=tls:mtls or xprtsec=mtls, and run exportfs -ra"));
    if (any_tls && !has_certificate)
        findings.push_back(fault(plain.size() == exports.size() ? Level::warn : Level::fail, link,
                                 "server-certificate-missing",
                                 "exports offer TLS, and the agent has no certificate for this server", {},
                                 "set x509.certificate and x509.private_key in [authenticate.server] of "
                                 "/etc/rpctls/rpctls.conf"));
    if (findings.empty())
        findings.push_back(
            sound(link, "every export demands TLS", {{"exports", std::to_string(exports.size())}}));
    return findings;
}

Findings examine_exports(const Examination &examination) {
    const auto text = read_file(examination.context.below_root("/var/lib/nfs/etab"), largest_etab);
    if (!text && text.error().name != "file-missing")
        return {finding_from(text.error(), link)};
    const bool certified = examination.settings && (examination.settings->server.certificate ||
                                                    examination.settings->server.identity);
    return judge_exports(text ? parse_etab(*text) : std::vector<ActiveExport>{}, certified);
}

} // namespace rpctls::tlsctl
