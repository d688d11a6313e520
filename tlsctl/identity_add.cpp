// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/key_pair.hpp"
#include "tlsctl/certificate_view.hpp"
#include "tlsctl/identity_view.hpp"
#include "tlsctl/table.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string name;
    std::filesystem::path certificate;
    std::filesystem::path key;
    bool force = false;
};

Result<tls::KeyPair> read_files(const Options &options) {
    auto chain = read_file(options.certificate);
    if (!chain)
        return std::move(chain).error();
    auto key = read_secret_file(options.key);
    if (!key)
        return std::move(key).error();
    return tls::read_key_pair(as_bytes(*chain), options.certificate.string(), *key, options.key.string());
}

Status check_expiry(const tls::CertificateInfo &leaf, const Options &options) {
    if (options.force || leaf.not_after > std::chrono::system_clock::now())
        return {};
    return Error{Stage::input, "certificate-expired",
                 "the certificate in " + options.certificate.string() + " has expired"}
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

/// A pair of that name that is on the keyring but not in the store is somebody's, and perhaps in use.
Status check_keyring_vacant(std::optional<keys::Serial> keyring, const std::string &name) {
    if (!keyring)
        return {};
    auto present = keys::find_identity(*keyring, name);
    if (!present)
        return std::move(present).error();
    if (!*present)
        return {};
    return Error{Stage::keyring, "identity-exists",
                 "the .nfs keyring has an identity named " + name + " already"}
        .with("cert_serial", std::to_string((*present)->certificate))
        .with("privkey_serial", std::to_string((*present)->private_key))
        .advise("choose another name, or take those two keys off the keyring first (keyctl unlink, or "
                "nfstlskey remove)");
}

Result<Report> add(const Options &options, const Context &context) {
    if (auto valid = keys::check_identity_name(options.name); !valid)
        return std::move(valid).error();
    auto pair = read_files(options);
    if (!pair)
        return std::move(pair).error();
    IdentityView identity{options.name, pair->chain, {}};
    const tls::CertificateInfo &leaf = identity.chain.front();
    if (auto valid = check_expiry(leaf, options); !valid)
        return std::move(valid).error();
    const keys::IdentityStore store(context.root);
    auto known = store.list();
    if (!known)
        return std::move(known).error();
    auto keyring = nfs_keyring(context);
    if (!keyring)
        return std::move(keyring).error();
    // The store answers for a name that is in both.
    if (std::find(known->begin(), known->end(), options.name) == known->end())
        if (auto vacant = check_keyring_vacant(*keyring, options.name); !vacant)
            return std::move(vacant).error();

    const std::string chain_pem = tls::to_pem(pair->chain);
    if (auto stored = store.add({options.name, chain_pem, std::move(pair->private_key_pem)}); !stored)
        return std::move(stored).error();
    if (*keyring) {
        auto serials =
            keys::publish_identity(**keyring, options.name, pair->chain_der(), pair->private_key_der);
        if (!serials) {
            (void)store.remove(
                options.name); // both places or neither, so that the same command can be run again
            return std::move(serials).error();
        }
        identity.serials = *serials;
    }

    const auto directory = store.directory() / options.name;
    const auto notes = remarks(leaf);
    auto lines = certificate_fields(leaf);
    lines.emplace_back("files", directory.string());
    lines.emplace_back(
        "keys", identity.serials
                    ? "certificate " + std::to_string(identity.serials->certificate) + ", private key " +
                          std::to_string(identity.serials->private_key) + " on the .nfs keyring"
                    : "on no keyring: this kernel has no .nfs keyring here; the agent takes the files");
    Report report;
    report.text = "Identity " + options.name + "\n" + fields(lines);
    for (const std::string &note : notes)
        report.text += "Note: " + note + "\n";
    report.text += "Mount with: -o " + mount_options(options.name) + "\n";
    report.json = identity_json(identity);
    report.json["directory"] = directory.string();
    report.json["notes"] = notes;
    return report;
}

} // namespace

void add_identity_add(CLI::App &parent, Context &context) {
    CLI::App &command =
        add_command(parent, "add", "Give a certificate and its key a name that mounts can use",
                    "  tlsctl identity add lab --cert client1.pem --key client1.key\n"
                    "  mount -t nfs -o xprtsec=mtls,tls_identity=lab nfs1.example:/srv /mnt\n");
    const auto options = std::make_shared<Options>();
    command
        .add_option("NAME", options->name, "The name: 1 to 64 printable characters without blank : ; , and /")
        ->type_name(" ")
        ->required();
    command
        .add_option("--cert", options->certificate,
                    "The certificate, or its chain with it first (PEM or DER)")
        ->type_name("FILE")
        ->required();
    command.add_option("--key", options->key, "Its private key (PEM or DER, not encrypted)")
        ->type_name("FILE")
        ->required();
    command.add_flag("--force", options->force, "Take a certificate that has expired");
    command.callback(
        [options, &context] { context.selected = [options, &context] { return add(*options, context); }; });
}

} // namespace rpctls::tlsctl
