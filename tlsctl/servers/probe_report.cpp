// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/servers/probe_report.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/table.hpp"

#include <cstdio>

namespace rpctls::tlsctl {

namespace {

double milliseconds(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000.0;
}

std::string milliseconds_text(std::chrono::microseconds time) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f ms", milliseconds(time));
    return text;
}

std::string alpn_text(const tls::SessionFacts &session) {
    return session.alpn ? printable(*session.alpn) : "absent";
}

/// What a stage has found out.
std::string stage_result(Stage stage, const client::PreflightReport &seen) {
    switch (stage) {
    case Stage::resolve:
        return join(seen.addresses, ", ");
    case Stage::connect:
        return seen.address;
    case Stage::probe:
        return seen.answer.empty() ? "no answer"
                                   : "TLS " + std::string(to_string(seen.offer)) + " (" + seen.answer + ")";
    case Stage::handshake:
        return seen.session && !seen.session->version.empty()
                   ? join({seen.session->version, seen.session->cipher, seen.session->group}, ", ")
                   : "";
    case Stage::rpc:
        return seen.null_call_answered ? "the NULL procedure answers inside TLS" : "";
    default:
        return "";
    }
}

std::string stages_text(const client::PreflightReport &seen) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < seen.stages.size(); ++i) {
        const bool failed = seen.failure && i + 1 == seen.stages.size();
        const std::string result = stage_result(seen.stages[i].stage, seen);
        rows.push_back({std::string(to_string(seen.stages[i].stage)),
                        milliseconds_text(seen.stages[i].duration), failed ? "failed" : "ok", result});
    }
    return rows.empty() ? "" : table({"STAGE", "TIME", "OUTCOME", "RESULT"}, rows);
}

std::string session_text(const tls::SessionFacts &session) {
    std::string text;
    if (!session.version.empty()) // empty as long as nothing was agreed on
        text = "\nTLS session\n" +
               fields({{"version", session.version},
                       {"cipher", session.cipher},
                       {"group", session.group},
                       {"signature", session.signature},
                       {"ALPN", alpn_text(session)},
                       {"server verified", session.peer_authenticated ? "yes" : "no"},
                       {"client certificate", session.certificate_sent        ? "asked for and sent"
                                              : session.certificate_requested ? "asked for, none sent"
                                                                              : "not asked for"}});
    // A chain that failed verification is what a person wants to see most.
    for (std::size_t i = 0; i < session.peer_chain.size(); ++i)
        text += (i == 0 ? "\nserver certificate\n"
                        : "\ncertificate " + std::to_string(i + 1) + " of the chain it sent\n") +
                fields(certificate_fields(session.peer_chain[i]));
    return text;
}

std::string verdict_text(const client::PreflightReport &seen) {
    const std::string verdict = probe_verdict(seen);
    if (verdict == "tls-works")
        return seen.session && seen.session->certificate_sent
                   ? "TLS works; the server did not refuse this client's certificate"
                   : "TLS works";
    if (verdict == "tls-offered")
        return "TLS is offered; the handshake was not tried";
    if (verdict == "no-tls")
        return "no TLS here";
    if (verdict == "tls-fails")
        return "TLS is offered but does not work";
    if (verdict == "rpc-fails")
        return "TLS works, the program inside it does not";
    return "no answer";
}

} // namespace

std::string probe_verdict(const client::PreflightReport &seen) {
    if (seen.offer == client::TlsOffer::not_offered || seen.offer == client::TlsOffer::refused)
        return "no-tls";
    if (!seen.failure)
        return seen.session ? "tls-works" : "tls-offered";
    if (seen.offer == client::TlsOffer::unknown)
        return "no-answer";
    return seen.failure->stage == Stage::rpc ? "rpc-fails" : "tls-fails";
}

nlohmann::json probe_json(const client::PreflightRequest &request, const client::PreflightReport &seen) {
    nlohmann::json json = {{"host", request.host},
                           {"port", request.port},
                           {"program", request.program},
                           {"version", request.version},
                           {"addresses", seen.addresses},
                           {"address", seen.address},
                           {"offer", to_string(seen.offer)},
                           {"answer", seen.answer},
                           {"stages", nlohmann::json::array()},
                           {"tls", nullptr},
                           {"chain", nlohmann::json::array()},
                           {"client_certificate", {{"requested", false}, {"sent", false}}},
                           {"null_call_answered", seen.null_call_answered},
                           {"verdict", probe_verdict(seen)}};
    for (const auto &stage : seen.stages)
        json["stages"].push_back({{"stage", to_string(stage.stage)}, {"ms", milliseconds(stage.duration)}});
    if (seen.session) {
        const tls::SessionFacts &session = *seen.session;
        if (!session.version.empty())
            json["tls"] = {{"version", session.version},
                           {"cipher", session.cipher},
                           {"group", session.group},
                           {"signature", session.signature},
                           {"alpn", session.alpn ? nlohmann::json(*session.alpn) : nlohmann::json()},
                           {"server_verified", session.peer_authenticated}};
        for (const auto &certificate : session.peer_chain)
            json["chain"].push_back(certificate_json(certificate));
        json["client_certificate"] = {{"requested", session.certificate_requested},
                                      {"sent", session.certificate_sent}};
    }
    return json;
}

Report probe_report(const client::PreflightRequest &request, client::PreflightReport seen) {
    Report report;
    report.json = probe_json(request, seen);
    report.text = stages_text(seen);
    if (seen.session)
        report.text += session_text(*seen.session);
    report.text += (report.text.empty() ? "verdict: " : "\nverdict: ") + verdict_text(seen) + "\n";
    report.error = std::move(seen.failure);
    return report;
}

} // namespace rpctls::tlsctl
