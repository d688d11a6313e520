// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "tlsctl/certificates/ca_directory.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/arguments.hpp"
#include "tlsctl/cli/table.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::filesystem::path directory;
    std::string name;
    int days = 3650;
    tls::KeyKind key = tls::KeyKind::ecdsa_p256;
};

/// A CA's name tells sites apart; host names longer than a common name may be are cut.
std::string default_name() {
    return ("NFS CA of " + host_name()).substr(0, 64);
}

Result<Report> init(const Options &options, const Context &context) {
    const auto path =
        options.directory.empty() ? context.below_root(default_ca_directory) : options.directory;
    if (auto made = make_directory(path, 0700); !made)
        return std::move(made).error();
    const CaDirectory directory(path);
    auto lock = directory.lock();
    if (!lock)
        return std::move(lock).error();
    if (auto vacant = directory.check_vacant(); !vacant)
        return std::move(vacant).error();
    auto ca = tls::make_ca({.common_name = options.name.empty() ? default_name() : options.name,
                            .key = options.key,
                            .lifetime = std::chrono::hours(24) * options.days});
    if (!ca)
        return std::move(ca).error();
    if (auto stored = directory.store(*ca); !stored)
        return std::move(stored).error();

    const std::string certificate = directory.certificate().string();
    const bool is_default = options.directory.empty() && context.root == "/";
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

void add_ca_init(CLI::App &parent, Context &context) {
    CLI::App &command =
        add_command(parent, "init", "Make a certificate authority: its certificate and its key",
                    "  tlsctl ca init --name \"Storage CA\"\n"
                    "  tlsctl ca init --ca-dir /media/safe/ca --days 7300 --key-type ecdsa-p384\n");
    const auto options = std::make_shared<Options>();
    command.add_option("--ca-dir", options->directory, "Where the CA is kept; default /etc/rpctls/ca")
        ->type_name("DIR");
    command.add_option("--name", options->name, "The CA's common name; default \"NFS CA of HOST\"")
        ->type_name("CN");
    command.add_option("--days", options->days, "How long it is valid; default 3650")
        ->type_name("N")
        ->check(CLI::Range(1, 36500).description(""));
    add_key_type(command, options->key);
    command.callback(
        [options, &context] { context.selected = [options, &context] { return init(*options, context); }; });
}

} // namespace rpctls::tlsctl
