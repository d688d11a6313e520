// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/identities/identity_input.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/key_url.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/table.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

Result<std::vector<tls::CertificateInfo>> read_chain(const IdentityInput &input) {
    if (keys::is_key_url(input.certificate.native()))
        return tls::read_certificate_url(input.certificate.native());
    const auto chain = read_file(input.certificate);
    if (!chain)
        return chain.error();
    return tls::parse_chain(as_bytes(*chain), input.certificate.string());
}

/// The key stays where it is, and is known to sign for the certificate.
Result<tls::KeyPair> read_token_pair(const IdentityInput &input) {
    const std::string &url = input.key.native();
    // Before anything that would repeat it.
    if (auto valid = tls::check_key_url(url); !valid)
        return std::move(valid).error();
    auto chain = read_chain(input);
    if (!chain)
        return std::move(chain).error();
    if (auto own = tls::check_key_of_url(url, chain->front(), input.certificate.string()); !own)
        return std::move(own).error();
    tls::KeyPair pair;
    pair.chain = std::move(*chain);
    pair.private_key_pem = Secret(as_bytes(url));
    return pair;
}

Result<tls::KeyPair> read_pair(const IdentityInput &input) {
    if (keys::is_key_url(input.key.native()))
        return read_token_pair(input);
    auto chain = read_chain(input);
    if (!chain)
        return std::move(chain).error();
    auto key = read_secret_file(input.key);
    if (!key)
        return std::move(key).error();
    return tls::read_key_pair(as_bytes(tls::to_pem(*chain)), input.certificate.string(), *key,
                              input.key.string());
}

Status check_expiry(const tls::CertificateInfo &leaf, const IdentityInput &input) {
    if (input.force || leaf.not_after > std::chrono::system_clock::now())
        return {};
    return Error{Stage::input, "certificate-expired",
                 "the certificate in " + input.certificate.string() + " has expired"}
        .with("expired", format_time(leaf.not_after))
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
        found.push_back("it is not valid before " + format_time(leaf.not_before));
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

bool is_in_token(const tls::KeyPair &pair, IdentityView &view) {
    const auto text = as_text(pair.private_key_pem.bytes());
    if (!keys::is_key_url(text))
        return false;
    view.key_url = text;
    return true;
}

Report stored_identity_report(const IdentityView &identity, const std::filesystem::path &directory) {
    const tls::CertificateInfo &leaf = identity.chain.front();
    const auto notes = remarks(leaf);
    auto lines = certificate_fields(leaf);
    lines.emplace_back("files", directory.string());
    lines.emplace_back("key in a token", identity.key_url);
    lines.emplace_back(
        "keys", identity.serials
                    ? "certificate " + std::to_string(identity.serials->certificate) + ", private key " +
                          std::to_string(identity.serials->private_key) + " on the .nfs keyring"
                : !identity.key_url.empty()
                    ? "on no keyring: mounts where the kernel takes serials cannot name this identity"
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
