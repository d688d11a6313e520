// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/fstab_check.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "tlsctl/health/checks.hpp"

#include <unistd.h>

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

constexpr std::string_view link = "fstab";

/// By the link alone: in an image it leads elsewhere.
bool helper_takes_over(const std::filesystem::path &root) {
    std::error_code failure;
    return std::filesystem::read_symlink(root / "usr/sbin/mount.nfs", failure).filename() == "mount.nfstls";
}

/// The weakest that the line can come to.
client::Protection least_of(const FstabLine &line) {
    const auto asked = line.value("xprtsec");
    if (const auto named = asked ? client::protection_named(*asked) : std::nullopt)
        return *named;
    if (line.type == "nfstls" && !asked)
        return line.value("tls_identity") ? client::Protection::mtls : client::Protection::tls;
    return line.type == "nfstls" ? client::Protection::tls : client::Protection::none;
}

} // namespace

Findings judge_fstab_line(const FstabLine &line, const FstabGround &ground) {
    Findings findings;
    const auto wrong = [&](Level level, std::string name, std::string what, std::string mend) -> Finding & {
        findings.push_back(fault(level, link, std::move(name), std::move(what),
                                 {{"line", std::to_string(line.line)}, {"mount point", line.mount_point}},
                                 std::move(mend)));
        return findings.back();
    };
    const std::string edit = "edit line " + std::to_string(line.line) + " of /etc/fstab: ";
    const auto asked = line.value("xprtsec");
    const auto identity = line.value("tls_identity");
    const bool automatic = asked == "auto";
    if (asked && !automatic && !client::protection_named(*asked))
        wrong(Level::fail, "fstab-xprtsec-unknown", "no such protection: xprtsec=" + *asked,
              edit + "xprtsec=none, tls, mtls or auto");
    if (identity && std::ranges::find(ground.identities, *identity) == ground.identities.end())
        wrong(Level::fail, "fstab-identity-missing", "there is no identity " + *identity,
              "tlsctl identity add " + *identity + " --cert FILE --key FILE");
    if (identity && asked && asked != "mtls" && !automatic)
        wrong(Level::fail, "fstab-identity-unused", "an identity is only proved under xprtsec=mtls",
              edit + "xprtsec=mtls");
    if ((identity || automatic) && line.type != "nfstls" && !ground.helper_takes_over)
        wrong(Level::fail, "fstab-helper-missing",
              std::string(automatic ? "xprtsec=auto" : "tls_identity=") +
                  " is understood by mount.nfstls only, and it is not mount.nfs here",
              "rpctls-takeover enable");
    if (line.type == "nfstls" && !line.has("_netdev") && !line.has("noauto"))
        wrong(Level::warn, "fstab-netdev-missing",
              "systemd does not know that the type nfstls needs the network: it is mounted too early",
              edit + "add the option _netdev");
    if (least_of(line) < ground.minimum)
        wrong(Level::fail, "fstab-below-minimum",
              "the line asks for less protection than [mount] minimum= of rpctls.conf demands",
              edit + "xprtsec=" + std::string(to_string(ground.minimum)));
    return findings;
}

Findings examine_fstab(const Examination &examination) {
    const auto &root = examination.context.root;
    const auto text = read_file(examination.context.below_root("/etc/fstab"));
    if (!text)
        return text.error().name == "file-missing" ? Findings{} : Findings{finding_from(text.error(), link)};
    FstabGround ground;
    ground.helper_takes_over = helper_takes_over(root);
    const auto names = keys::IdentityStore(root).list();
    if (!names)
        return {finding_from(names.error(), link)};
    ground.identities = *names;
    const auto lines = parse_fstab(*text);
    Findings findings;
    std::size_t protected_lines = 0;
    for (const FstabLine &line : lines) {
        const auto policy = client::load_policy(line.server(), root);
        ground.minimum =
            policy ? policy->minimum : client::Protection::none; // its errors: the configuration's link
        const auto found = judge_fstab_line(line, ground);
        findings.insert(findings.end(), found.begin(), found.end());
        protected_lines += line.type == "nfstls" || line.value("xprtsec").value_or("none") != "none";
    }
    if (findings.empty())
        findings.push_back(sound(link, "fstab's mounts can be made as they stand",
                                 {{"with TLS", std::to_string(protected_lines)},
                                  {"without", std::to_string(lines.size() - protected_lines)}}));
    return findings;
}

} // namespace rpctls::tlsctl
