// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/identities/identity_input.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/table.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

Result<tls::KeyPair> read_pair(const IdentityInput &input) {
    auto chain = read_file(input.certificate);
    if (!chain)
        return std::move(chain).error();
    auto key = read_secret_file(input.key);
    if (!key)
        return std::move(key).error();
    return tls::read_key_pair(as_bytes(*chain), input.certificate.string(), *key, input.key.string());
}

Status check_expiry(const tls::CertificateInfo &leaf, const IdentityInput &input) {
    if (input.force || leaf.not_after > std::chrono::system_clock::now())
        return {};
    return Error{Stage::input, "certificate-expired",
                 "the certificate in " + input.certificate.string() + " has expired"}
        .with("expired", tls::format_time(leaf.not_after))
        .with("subject", leaf.subject)
        .advise("issue a new one (tlsctl cert issue), or add this one all the same with --force");
}

/// What would make servers refuse the certificate later: better said now.
std::vector<std::string> remarks(const tls::CertificateInfo &leaf) {
    std::vector<std::string> found;
    const auto &purposes = leaf.extended_key_usages;
    const auto allows = [&](const char *oid) {
        return std::find(purposes.begin(), purposes.end(), oid) != purposes.end();
    };
    // clientAuth, rpcTLSClient (RFC 9289), anyExtendedKeyUsage
    if (!purposes.empty() && !allows("1.3.6.1.5.5.7.3.2") && !allows("1.3.6.1.5.5.7.3.33") &&
        !allows("2.5.29.37.0"))
        found.emplace_back("its purposes leave out clients: many servers will refuse it");
    if (leaf.is_ca)
        found.emplace_back("it is a CA's own certificate: a leak of this key is a leak of the CA");
    if (leaf.not_after <= std::chrono::system_clock::now())
        found.emplace_back("it has expired: every server will refuse it");
    else if (leaf.not_before > std::chrono::system_clock::now())
        found.push_back("it is not valid before " + tls::format_time(leaf.not_before));
    return found;
}

} // namespace

Result<tls::KeyPair> read_identity_files(const IdentityInput &input) {
    auto pair = read_pair(input);
    if (pair)
        if (auto valid = check_expiry(pair->chain.front(), input); !valid)
            return std::move(valid).error();
    return pair;
}

Report stored_identity_report(const IdentityView &identity, const std::filesystem::path &directory) {
    const tls::CertificateInfo &leaf = identity.chain.front();
    const auto notes = remarks(leaf);
    auto lines = certificate_fields(leaf);
    lines.emplace_back("files", directory.string());
    lines.emplace_back(
        "keys", identity.serials
                    ? "certificate " + std::to_string(identity.serials->certificate) + ", private key " +
                          std::to_string(identity.serials->private_key) + " on the .nfs keyring"
                    : "on no keyring: this kernel has no .nfs keyring here; the agent takes the files");
    Report report;
    report.text = "Identity " + identity.name + "\n" + fields(lines);
    for (const std::string &note : notes)
        report.text += "Note: " + note + "\n";
    report.text += "Mount with: -o " + mount_options(identity.name) + "\n";
    report.json = identity_json(identity);
    report.json["directory"] = directory.string();
    report.json["notes"] = notes;
    return report;
}

} // namespace rpctls::tlsctl
