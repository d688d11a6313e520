// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/tls/key_encryption.hpp"
#include "tlsctl/certificates/ca_directory.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/arguments.hpp"
#include "tlsctl/cli/table.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    CaOptions ca;
    std::string name;
    int days = 3650;
    tls::KeyKind key = tls::KeyKind::ecdsa_p256;
    int path_length = 0;
    std::vector<std::string> permitted_dns;
    std::vector<std::string> permitted_networks;
    bool encrypt_key = false;
};

/// A CA's name tells sites apart; host names longer than a common name may be are cut.
std::string default_name() {
    return ("NFS CA of " + host_name()).substr(0, 64);
}

/// As the key is to lie in its file. A passphrase of our own making would have to lie beside it, and protect nothing.
Result<Secret> stored_key(const Options &options, const Secret &passphrase, Secret key_pem) {
    if (!options.encrypt_key)
        return key_pem;
    return tls::encrypt_private_key(key_pem, passphrase);
}

Result<Secret> chosen_passphrase(const Options &options) {
    if (!options.encrypt_key)
        return Secret();
    auto passphrase = read_passphrase(options.ca.passphrase);
    if (!passphrase)
        return std::move(passphrase).error();
    if (!*passphrase)
        return usage_error("--encrypt-key needs a passphrase",
                           "give it with --ca-passphrase-file FILE (- to type it) or --ca-passphrase-fd N");
    return std::move(**passphrase);
}

Result<Report> init(const Options &options, const Context &context) {
    const CaDirectory directory = ca_directory(options.ca, context);
    const auto &path = directory.path();
    auto passphrase = chosen_passphrase(options);
    if (!passphrase)
        return std::move(passphrase).error();
    if (auto made = make_directory(path, 0700); !made)
        return std::move(made).error();
    auto lock = directory.lock();
    if (!lock)
        return std::move(lock).error();
    if (auto vacant = directory.check_vacant(); !vacant)
        return std::move(vacant).error();
    auto ca = tls::make_ca({.common_name = options.name.empty() ? default_name() : options.name,
                            .key = options.key,
                            .lifetime = std::chrono::hours(24) * options.days,
                            .path_length = options.path_length,
                            .permitted_dns = options.permitted_dns,
                            .permitted_networks = options.permitted_networks});
    if (!ca)
        return std::move(ca).error();
    auto key = stored_key(options, *passphrase, std::move(ca->private_key_pem));
    if (!key)
        return std::move(key).error();
    if (auto stored = directory.store(ca->certificate_pem, *key); !stored)
        return std::move(stored).error();

    const std::string certificate = directory.certificate().string();
    const bool is_default = options.ca.directory.empty() && context.root == "/";
    const std::string next = "tlsctl cert issue NAME --profile server --dns HOST" +
                             (is_default ? std::string() : " --ca-dir " + path.string());
    auto lines = certificate_fields(ca->info);
    lines.insert(lines.begin(),
                 {"private key", directory.key().string() + " (keep it secret, and a copy of it safe)"});
    Report report;
    report.text = "CA certificate " + certificate + "\n" + fields(lines) +
                  "\nEvery server and client needs " + certificate +
                  " as its x509.truststore.\nNext: " + next + "\n";
    report.json = {{"certificate", certificate},
                   {"private_key", directory.key().string()},
                   {"ca", certificate_json(ca->info)},
                   {"next", next}};
    return report;
}

} // namespace

void add_ca_init(Command parent, Context &context) {
    const Command command =
        add_command(parent, "init", "Make a certificate authority: its certificate and its key",
                    "  tlsctl ca init --name \"Storage CA\"\n"
                    "  tlsctl ca init --ca-dir /media/safe/ca --days 7300 --key-type ecdsa-p384\n"
                    "  tlsctl ca init --encrypt-key --ca-passphrase-file -      # typed, not shown\n"
                    "  tlsctl ca init --permit-dns storage.example --permit-ip 192.0.2.0/24\n");
    const auto options = std::make_shared<Options>();
    add_ca_directory(command, options->ca);
    command.add_option("--name", options->name, "The CA's common name; default \"NFS CA of HOST\"")
        .type_name("CN");
    command.add_option("--days", options->days, "How long it is valid; default 3650")
        .type_name("N")
        .between(1, 36500);
    add_key_type(command, options->key);
    command
        .add_option("--path-length", options->path_length,
                    "How many CAs may stand between this one and a leaf; default 0")
        .type_name("N")
        .between(0, 8);
    command
        .add_option("--permit-dns", options->permitted_dns,
                    "Sign no names but this domain and those below it; repeat for more")
        .type_name("DOMAIN")
        .allow_extra_args(false);
    command
        .add_option("--permit-ip", options->permitted_networks,
                    "Sign no addresses but those of this network; repeat for more")
        .type_name("NETWORK")
        .allow_extra_args(false);
    command.add_flag("--encrypt-key", options->encrypt_key,
                     "Encrypt the private key; whoever signs needs the passphrase then");
    add_ca_passphrase(command, options->ca);
    for (const char *name : {"--ca-passphrase-file", "--ca-passphrase-fd"})
        command.get_option(name).needs("--encrypt-key");
    command.callback(
        [options, &context] { context.selected = [options, &context] { return init(*options, context); }; });
}

} // namespace rpctls::tlsctl
