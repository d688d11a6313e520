// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/setup/final_probe.hpp"

#include "rpc/client/preflight.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/servers/probe_report.hpp"

namespace rpctls::tlsctl {

namespace {

Result<Report> run_probe(const FinalProbe &probe) {
    auto sources = probe.credentials();
    if (!sources)
        return std::move(sources).error();
    auto credentials = tls::Credentials::load(std::move(*sources));
    if (!credentials)
        return std::move(credentials).error();
    client::PreflightRequest request;
    request.host = probe.server.host;
    request.port = probe.server.port.value_or(client::nfs_port);
    request.credentials = std::move(*credentials);
    request.present_identity = request.credentials->has_identity();
    return probe_report(request, client::preflight(request));
}

} // namespace

void add_probe(Report &report, const FinalProbe &probe) {
    StepRecord record{"probe", probe.title, probe.state};
    if (probe.state == StepState::done) {
        auto probed = run_probe(probe);
        report.error = probed ? probed->error : std::optional(std::move(probed).error());
        if (probed) {
            report.json["probe"] = probed->json;
            report.exit = probed->exit;
            record.detail = probed->json.value("verdict", "");
        }
        if (report.error || report.exit != Exit::done)
            record.state = StepState::failed;
    } else if (probe.state == StepState::left) {
        record.detail = "on the running system";
    }
    add_record(report, record);
}

} // namespace rpctls::tlsctl
