// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/trust/system_trust.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/program.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/trust_file.hpp"
#include "tlsctl/trust/trust_selection.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

constexpr const char *updater = "/usr/sbin/update-ca-certificates";
constexpr std::string_view prefix = "rpctls-";
constexpr std::string_view suffix = ".crt";
/// It rehashes some hundred certificates, on slow machines, too.
constexpr std::chrono::minutes longest_update(2);

std::filesystem::path directory(const Context &context) {
    return context.below_root("/usr/local/share/ca-certificates");
}

Status check_known(const Context &context) {
    std::error_code failed;
    if (std::filesystem::is_directory(directory(context), failed) &&
        std::filesystem::exists(context.below_root(updater), failed))
        return {};
    return Error{Stage::kernel, "system-trust-unknown",
                 "this system does not keep its trust store as Debian does"}
        .with("looked for", directory(context).string() + " and " + context.below_root(updater).string())
        .advise("install ca-certificates, or use the system's own tool (trust anchor, update-ca-trust); "
                "without --system the certificate counts for RPC with TLS alone, which is all it needs");
}

/// The program runs in this system only.
Result<bool> apply(const Context &context) {
    if (context.root != "/")
        return false;
    auto ran = run_program({updater}, longest_update);
    if (!ran)
        return std::move(ran).error();
    if (ran->status != 0)
        return Error{Stage::kernel, "system-trust-failed", "update-ca-certificates failed"}
            .with("status", std::to_string(ran->status))
            .with("said", printable(std::string(trimmed(ran->output)).substr(0, 500)));
    return true;
}

Status remove_entries(const std::vector<SystemTrustEntry> &entries) {
    for (const SystemTrustEntry &entry : entries) {
        std::error_code failed;
        std::filesystem::remove(entry.file, failed);
        if (failed)
            return system_error(Stage::input, "file-unwritable", "cannot remove " + entry.file.string(),
                                failed.value());
    }
    return {};
}

Status write_entries(const std::vector<SystemTrustEntry> &entries) {
    for (const SystemTrustEntry &entry : entries)
        if (auto written =
                write_file(entry.file, as_bytes(tls::to_pem(std::span(&entry.certificate, 1))), 0644);
            !written)
            return written;
    return {};
}

} // namespace

Result<std::vector<SystemTrustEntry>> list_system_trust(const Context &context) {
    std::vector<SystemTrustEntry> entries;
    std::error_code failed;
    for (const auto &file : std::filesystem::directory_iterator(directory(context), failed)) {
        const std::string name = file.path().filename().string();
        if (!name.starts_with(prefix) || !name.ends_with(suffix))
            continue;
        const auto text = read_file(file.path());
        if (!text)
            return text.error();
        auto chain = tls::parse_chain(as_bytes(*text), file.path().string());
        if (!chain)
            return std::move(chain).error();
        entries.push_back({file.path(), std::move(chain->front())});
    }
    std::ranges::sort(entries, {}, &SystemTrustEntry::file);
    return entries;
}

Result<SystemTrustChange> add_system_trust(std::string_view pem_or_der, std::string_view origin,
                                           const Context &context, bool force) {
    auto authorities = tls::parse_trust(pem_or_der, origin);
    if (!authorities)
        return std::move(authorities).error();
    for (const tls::CertificateInfo &authority : *authorities)
        if (auto fit = tls::check_authority(authority, origin, std::chrono::system_clock::now());
            !fit && !(force && fit.error().name == "ca-expired"))
            return std::move(fit).error();
    if (auto known = check_known(context); !known)
        return std::move(known).error();
    auto present = list_system_trust(context);
    if (!present)
        return std::move(present).error();
    SystemTrustChange change;
    for (tls::CertificateInfo &authority : *authorities) {
        const auto same = std::ranges::find(*present, authority.fingerprint,
                                            [](const auto &entry) { return entry.certificate.fingerprint; });
        if (same != present->end()) {
            change.already.push_back(*same);
            continue;
        }
        const std::string name =
            std::string(prefix) + authority.fingerprint.substr(0, 16) + std::string(suffix);
        change.changed.push_back({directory(context) / name, std::move(authority)});
    }
    if (change.changed.empty())
        return change;
    auto applied = Result<bool>(false);
    if (auto written = write_entries(change.changed); !written)
        applied = std::move(written).error();
    else
        applied = apply(context);
    if (!applied) {
        (void)remove_entries(change.changed);
        (void)apply(context);
        return std::move(applied).error();
    }
    change.applied = *applied;
    return change;
}

Result<SystemTrustChange> remove_system_trust(std::string_view which, const Context &context) {
    auto present = list_system_trust(context);
    if (!present)
        return std::move(present).error();
    std::vector<tls::CertificateInfo> certificates;
    for (const SystemTrustEntry &entry : *present)
        certificates.push_back(entry.certificate);
    const auto fingerprint = select_certificate(which, certificates);
    if (!fingerprint)
        return fingerprint.error();
    SystemTrustChange change;
    std::ranges::copy_if(*present, std::back_inserter(change.changed), [&](const SystemTrustEntry &entry) {
        return entry.certificate.fingerprint == *fingerprint;
    });
    if (auto known = check_known(context); !known)
        return std::move(known).error();
    if (auto removed = remove_entries(change.changed); !removed)
        return std::move(removed).error();
    auto applied = apply(context);
    if (!applied) {
        (void)write_entries(change.changed);
        return std::move(applied).error();
    }
    change.applied = *applied;
    return change;
}

} // namespace rpctls::tlsctl
