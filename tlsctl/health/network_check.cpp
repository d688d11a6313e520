// SPDX-License-Identifier: LGPL-2.1-or-later
// Names, this host's port, and the server of --host. Everything here has a deadline.
#include "tlsctl/health/network_check.hpp"

#include "rpc/base/text.hpp"
#include "rpc/client/connect.hpp"
#include "rpc/client/resolve.hpp"
#include "rpc/kernel/nfsd.hpp"
#include "rpc/keys/identity.hpp"
#include "tlsctl/cli/arguments.hpp"
#include "tlsctl/health/checks.hpp"

#include <unistd.h>

namespace rpctls::tlsctl {

namespace {

constexpr std::string_view names_link = "names";
constexpr std::string_view port_link = "port";
constexpr std::string_view server_link = "server";
constexpr std::chrono::seconds resolving(2);

std::string texts(const std::vector<client::Address> &addresses) {
    std::vector<std::string> words;
    for (const auto &address : addresses)
        words.push_back(address.text());
    return join(words, ", ");
}

std::string port_words(const std::string &name) {
    return name == "connection-refused"
               ? "nothing listens on its port 2049, or a firewall refuses"
               : "its port 2049 does not answer: a firewall drops it, or the host is down";
}

/// Credentials as the agent would prove them, or none: a server can be asked for TLS all the same.
std::shared_ptr<const tls::Credentials> credentials_of(const Examination &examination) {
    tls::CredentialSources sources;
    if (!examination.settings)
        return nullptr;
    const auto &client = examination.settings->client;
    sources.truststore = client.truststore;
    sources.crl = client.crl;
    if (client.certificate && client.private_key)
        sources.identity = tls::IdentityFiles{*client.certificate, *client.private_key};
    if (client.identity)
        if (auto stored = keys::IdentityStore(examination.context.root).load(*client.identity)) {
            const auto chain = as_bytes(stored->chain_pem);
            sources.identity = tls::IdentityBytes{
                "identity " + stored->name, {chain.begin(), chain.end()}, std::move(stored->private_key_pem)};
        }
    const bool proves = sources.identity.has_value();
    auto loaded = tls::Credentials::load(std::move(sources));
    if (!loaded && proves) {
        // What is wrong with them is said elsewhere; the server's side can be seen without.
        tls::CredentialSources trust;
        trust.truststore = client.truststore;
        loaded = tls::Credentials::load(std::move(trust));
    }
    return loaded ? std::move(*loaded) : nullptr;
}

} // namespace

Findings examine_names(const Examination &) {
    const std::string name = host_name();
    const auto found = client::resolve(name, client::nfs_port, Deadline::after(resolving));
    if (!found) {
        Finding finding = finding_from(found.error(), names_link, Level::warn);
        finding.name = "own-name-unresolvable";
        finding.what = "this host's own name cannot be resolved: " + finding.what;
        finding.mend = "add it to /etc/hosts, or to the DNS: hostnamectl hostname shows it";
        return {finding};
    }
    return {sound(names_link, "this host's own name can be resolved",
                  {{"name", name}, {"addresses", texts(*found)}})};
}

Findings examine_port(const Examination &) {
    if (kernel::nfsd_threads() == 0)
        return {fixed_by(
            fault(Level::warn, port_link, "nfsd-not-running", "the kernel's NFS server does not run"),
            {"/usr/bin/systemctl", "enable", "--now", "nfs-server.service"})};
    std::optional<Error> failure;
    for (const char *address : {"127.0.0.1", "::1"}) {
        const auto deadline = Deadline::after(std::chrono::milliseconds(500));
        const auto resolved = client::resolve(address, client::nfs_port, deadline);
        if (!resolved)
            continue;
        auto connection = client::connect(resolved->front(), address, false, deadline);
        if (connection)
            return {
                sound(port_link, "the NFS server listens on port 2049",
                      {{"note", "firewalls are seen from outside only: tlsctl doctor --host, on a client"}})};
        failure = connection.error();
    }
    Finding finding =
        failure ? finding_from(*failure, port_link) : fault(Level::fail, port_link, "", "", {}, "");
    finding.name = "nfsd-not-listening";
    finding.what = "the NFS server has threads and cannot be reached on port 2049 even from here";
    finding.mend = "systemctl restart nfs-server.service";
    return {finding};
}

Findings judge_preflight(const std::string &server, const client::PreflightReport &seen) {
    Findings findings;
    if (!seen.addresses.empty())
        findings.push_back(sound(server_link, "the server's name can be resolved",
                                 {{"server", server}, {"addresses", join(seen.addresses, ", ")}}));
    const auto &failure = seen.failure;
    if (failure && (failure->stage == Stage::resolve || failure->stage == Stage::input)) {
        Finding finding = finding_from(*failure, server_link);
        if (finding.mend.empty())
            finding.mend = "getent ahosts " + server;
        findings.push_back(std::move(finding));
        return findings;
    }
    if (failure && failure->stage == Stage::connect) {
        Finding finding = finding_from(*failure, server_link);
        finding.what += ": " + port_words(failure->name);
        finding.mend = failure->name == "connection-refused"
                           ? "on the server: systemctl start nfs-server, and allow port 2049"
                           : "allow TCP port 2049 in the firewalls between: nc -vz " + server + " 2049";
        findings.push_back(std::move(finding));
        return findings;
    }
    findings.push_back(sound(server_link, "port 2049 can be reached", {{"address", seen.address}}));
    if (failure) {
        Finding finding = finding_from(*failure, server_link);
        if (finding.mend.empty())
            finding.mend = "tlsctl probe " + server;
        findings.push_back(std::move(finding));
    } else if (seen.session) {
        findings.push_back(
            sound(server_link, "TLS works from end to end",
                  {{"server asked for a certificate", seen.session->certificate_requested ? "yes" : "no"}}));
    } else {
        findings.push_back(fault(Level::warn, server_link, "tls-untried",
                                 "the trust store cannot be used, so TLS with the server was not tried",
                                 {{"offer", std::string(to_string(seen.offer))}}, "tlsctl probe " + server));
    }
    return findings;
}

Findings examine_server(const Examination &examination) {
    if (!examination.server)
        return {};
    const auto target = client::parse_host_port(*examination.server);
    if (!target)
        return {finding_from(target.error(), server_link)};
    client::PreflightRequest request;
    request.host = target->host;
    request.port = target->port.value_or(client::nfs_port);
    request.credentials = credentials_of(examination);
    request.present_identity = request.credentials && request.credentials->has_identity();
    request.timeout = std::chrono::seconds(6);
    request.stage_timeout = std::chrono::seconds(3);
    return judge_preflight(request.host, client::preflight(request));
}

} // namespace rpctls::tlsctl
