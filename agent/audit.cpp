// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/audit.hpp"

#include "agent/outcome.hpp"

#include "rpc/base/text.hpp"

#include <cstdio>

namespace rpctls::agent {

namespace {

std::string milliseconds(std::chrono::microseconds duration) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(duration.count()) / 1000.0);
    return text;
}

/// What the kernel asked for, in the words of its interface.
std::string_view word(kernel::AuthMode mode) {
    switch (mode) {
    case kernel::AuthMode::unauthenticated:
        return "unauth";
    case kernel::AuthMode::psk:
        return "psk";
    case kernel::AuthMode::x509:
        return "x509";
    default:
        return {};
    }
}

void add_facts(AuditEntry &entry, const tls::SessionFacts &facts) {
    const auto add = [&](const char *key, const std::string &value) {
        if (!value.empty())
            entry.fields.push_back({key, printable(value)});
    };
    add("RPCTLS_VERSION", facts.version);
    add("RPCTLS_CIPHER", facts.cipher);
    add("RPCTLS_GROUP", facts.group);
    add("RPCTLS_ALPN", facts.alpn.value_or("absent"));
    add("RPCTLS_TAGS", join(facts.tags, " "));
    add("RPCTLS_PSK_IDENTITY", facts.psk_identity.value_or(""));
    if (facts.peer_chain.empty())
        return;
    const tls::CertificateInfo &peer = facts.peer_chain.front();
    add("RPCTLS_PEER_SUBJECT", peer.subject);
    add("RPCTLS_PEER_ISSUER", peer.issuer);
    add("RPCTLS_PEER_SERIAL", peer.serial);
    add("RPCTLS_PEER_NAMES", peer.names());
}

std::string describe_session(const Report &report) {
    if (!report.facts)
        return {};
    const tls::SessionFacts &facts = *report.facts;
    std::string text = ", " + facts.version + ", " + facts.cipher;
    if (facts.psk_identity)
        return text + ", key \"" + printable(*facts.psk_identity) + "\"";
    text += ", alpn=" + printable(facts.alpn.value_or("absent"));
    if (!facts.peer_chain.empty()) {
        const tls::CertificateInfo &peer = facts.peer_chain.front();
        text += ", peer \"" + printable(peer.subject) + "\" serial " + peer.serial + " issued by \"" +
                printable(peer.issuer) + "\"";
    }
    if (!facts.tags.empty())
        text += ", tags " + join(facts.tags, " ");
    return text;
}

} // namespace

std::string_view mode_of(const Report &report) {
    if (report.failure || !report.facts)
        return "none";
    if (report.facts->psk_identity)
        return "mutual-psk";
    const bool mutual =
        report.role == Role::client ? report.facts->certificate_sent : report.facts->peer_authenticated;
    return mutual ? "mutual-x509" : "server-auth";
}

std::string peer_of(const Report &report) {
    const std::string address =
        report.peer_address.empty() ? "an unknown address" : printable(report.peer_address);
    if (report.peer_name.empty() || report.peer_name == report.peer_address)
        return address;
    return printable(report.peer_name) + " (" + address + ")";
}

AuditEntry audit_entry(const Report &report) {
    AuditEntry entry{Priority::info, "handshake with " + peer_of(report), {}};
    entry.fields = {{"RPCTLS_PEER", printable(report.peer_name)},
                    {"RPCTLS_PEER_ADDRESS", printable(report.peer_address)},
                    {"RPCTLS_ROLE", std::string(to_string(report.role))},
                    {"RPCTLS_MODE", std::string(mode_of(report))},
                    {"RPCTLS_DURATION_US", std::to_string(report.duration.count())},
                    {"RPCTLS_STATUS", std::to_string(report.failure ? status_for(*report.failure) : 0)}};
    if (report.caller) {
        entry.fields.push_back({"RPCTLS_CALLER_UID", std::to_string(report.caller->uid)});
        entry.fields.push_back({"RPCTLS_CALLER_PID", std::to_string(report.caller->pid)});
        entry.message += " for uid " + std::to_string(report.caller->uid) + " (pid " +
                         std::to_string(report.caller->pid) + ")";
    }
    if (!report.identity.empty())
        entry.fields.push_back({"RPCTLS_IDENTITY", printable(report.identity)});
    if (const auto asked = word(report.asked); !asked.empty())
        entry.fields.push_back({"RPCTLS_AUTH_MODE", std::string(asked)});
    if (report.facts)
        add_facts(entry, *report.facts);
    if (!report.failure) {
        entry.message += " as " + std::string(to_string(report.role)) +
                         ": mode=" + std::string(mode_of(report)) + describe_session(report) + ", " +
                         milliseconds(report.duration);
        return entry;
    }
    const Error &failure = *report.failure;
    entry.priority = Priority::warning;
    entry.message += " as " + std::string(to_string(report.role)) + " failed after " +
                     milliseconds(report.duration) + ": " + printable(summary(failure));
    if (!failure.hint.empty())
        entry.message += "; hint: " + printable(failure.hint);
    for (LogField &field : fields_of(failure))
        entry.fields.push_back(std::move(field));
    return entry;
}

} // namespace rpctls::agent
