// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/kernel_check.hpp"

#include "rpc/base/text.hpp"
#include "rpc/kernel/file_systems.hpp"
#include "rpc/kernel/modules.hpp"
#include "tlsctl/health/checks.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

constexpr std::string_view link = "kernel";
constexpr std::string_view flexible_files_module = "nfs_layout_flexfiles";
using kernel::Answer;

Finding missing_module(std::string name, std::string what, const std::string &module,
                       const std::vector<Fact> &kernel) {
    return fixed_by(fault(Level::fail, link, std::move(name), std::move(what), kernel),
                    {"/usr/sbin/modprobe", module});
}

/// TLS 1.3's first two; every kernel with CONFIG_TLS has them unless its crypto modules cannot be loaded.
void judge_ciphers(Findings &findings, const std::vector<tls::KtlsCipher> &ciphers) {
    std::vector<std::string> words;
    for (const auto cipher : ciphers)
        words.emplace_back(tls::to_string(cipher));
    const auto has = [&](tls::KtlsCipher cipher) {
        return std::ranges::find(ciphers, cipher) != ciphers.end();
    };
    const std::vector<Fact> facts{{"ciphers", words.empty() ? "none" : join(words, ", ")}};
    if (has(tls::KtlsCipher::aes_128_gcm) && has(tls::KtlsCipher::aes_256_gcm))
        findings.push_back(sound(link, "the kernel protects records with TLS (kTLS)", facts));
    else
        findings.push_back(fixed_by(fault(Level::fail, link, "ktls-cipher-unsupported",
                                          "the kernel's TLS lacks a cipher that handshakes choose", facts),
                                    {"/usr/sbin/modprobe", "-a", "gcm", "aes"}));
}

void judge_client(Findings &findings, const kernel::Capabilities &capabilities,
                  const std::vector<Fact> &kernel) {
    if (capabilities.nfs == Answer::no)
        findings.push_back(missing_module("nfs-unsupported", "this kernel has no NFS client", "nfs", kernel));
    else if (capabilities.xprtsec == Answer::no)
        findings.push_back(fault(Level::fail, link, "xprtsec-unsupported",
                                 "this kernel's NFS client knows no TLS", kernel,
                                 "boot a kernel of 6.5 or newer"));
    else if (capabilities.xprtsec == Answer::unknown)
        findings.push_back(needs_root(link, "cannot ask the kernel what its NFS client takes"));
    else
        findings.push_back(
            sound(link, "the NFS client takes xprtsec=",
                  {{"identities", capabilities.key_serials == Answer::yes
                                      ? "named to the agent by the kernel"
                                      : "the agent is told by mount.nfstls; the kernel names none"}}));
}

/// A distribution may have brought the change to an older kernel; that cannot be asked.
bool writes_in_clear(const KernelFacts &facts) {
    return facts.flexible_files == Answer::yes && kernel::is_older(facts.capabilities.release, 6, 16);
}

} // namespace

Findings judge_kernel(const KernelFacts &facts, Roles roles) {
    Findings findings;
    const std::vector<Fact> kernel{{"kernel", facts.capabilities.release}};
    if (facts.capabilities.ktls == Answer::no)
        findings.push_back(missing_module("ktls-unavailable",
                                          "this kernel cannot protect TCP connections with TLS (CONFIG_TLS)",
                                          "tls", kernel));
    else if (facts.capabilities.ktls == Answer::unknown)
        findings.push_back(needs_root(link, "cannot ask the kernel whether it has kTLS"));
    else if (facts.ciphers)
        judge_ciphers(findings, *facts.ciphers);
    else
        findings.push_back(fault(Level::unknown, link, "ktls-untried",
                                 "cannot connect to this machine itself to try the kernel's ciphers", kernel,
                                 "ip link set lo up"));
    if (roles.client)
        judge_client(findings, facts.capabilities, kernel);
    if (roles.client && writes_in_clear(facts))
        findings.push_back(fault(
            Level::warn, link, "data-servers-in-clear",
            "before Linux 6.16 the NFS client writes to data servers of NFSv3 (pNFS, flexible files) in "
            "clear, "
            "whatever xprtsec= says",
            {{"kernel", facts.capabilities.release}, {"module", std::string(flexible_files_module)}},
            "where a server may use that layout: echo 'install nfs_layout_flexfiles /bin/false' "
            ">/etc/modprobe.d/no-flexfiles.conf, and rmmod nfs_layout_flexfiles; see rpctls-recipes(7)"));
    if (roles.server && facts.nfsd == Answer::no)
        findings.push_back(
            missing_module("nfsd-unsupported", "this kernel has no NFS server", "nfsd", kernel));
    else if (roles.server && facts.nfsd == Answer::yes)
        findings.push_back(sound(link, "the kernel has an NFS server"));
    return findings;
}

Findings examine_kernel(const Examination &examination) {
    KernelFacts facts;
    facts.capabilities = kernel::probe_capabilities();
    if (examination.roles.server)
        facts.nfsd = kernel::has_file_system("nfsd");
    if (examination.roles.client)
        facts.flexible_files = kernel::module_available(flexible_files_module, facts.capabilities.release);
    if (facts.capabilities.ktls == Answer::yes)
        if (auto ciphers = tls::kernel_ciphers())
            facts.ciphers = std::move(*ciphers);
    return judge_kernel(facts, examination.roles);
}

Findings examine_handshake(const Examination &examination) {
    if (!examination.agent->has_value())
        return {finding_from(examination.agent->error(), "handshake")};
    return {sound("handshake", "the kernel has the TLS handshake service")};
}

} // namespace rpctls::tlsctl
