// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/certificate_request.hpp"
#include "tlsctl/certificates/file_pair.hpp"
#include "tlsctl/certificates/leaf_options.hpp"
#include "tlsctl/certificates/new_files.hpp"
#include "tlsctl/certificates/request_view.hpp"
#include "tlsctl/cli/arguments.hpp"
#include "tlsctl/cli/table.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string name;
    LeafOptions leaf; ///< of it profile and names
    NewFiles out;
    std::filesystem::path csr;
    std::filesystem::path key;
    std::string existing_key; ///< a file, or the URL of a key in a token
    tls::KeyKind key_kind = tls::KeyKind::ecdsa_p256;
    bool force = false;
};

struct Destination {
    std::filesystem::path csr;
    std::filesystem::path key;
};

Result<Destination> destination(const Options &options, const std::string &name, const Context &context) {
    if (!options.csr.empty())
        return Destination{options.csr, options.key};
    const auto stem = stem_for(options.out, name, context);
    if (!stem)
        return stem.error();
    return Destination{stem->string() + ".csr", stem->string() + ".key"};
}

Status check_options(const Options &options) {
    const bool makes_key = options.existing_key.empty();
    if (makes_key && options.csr.empty() != options.key.empty())
        return usage_error("--csr and --key go together", "tlsctl cert request --help");
    if (!options.csr.empty() && options.csr == (makes_key ? options.key.string() : options.existing_key))
        return usage_error("--csr names the file of the key", "give each a file of its own");
    return {};
}

Result<tls::NewRequest> make_request(const tls::LeafRequest &wanted, const Options &options) {
    if (options.existing_key.empty())
        return tls::make_certificate_request(wanted);
    if (keys::is_key_url(options.existing_key))
        return tls::make_certificate_request_for(wanted, options.existing_key);
    auto key = read_secret_file(options.existing_key);
    if (!key)
        return std::move(key).error();
    return tls::make_certificate_request(wanted, *key);
}

/// A new key and its request are there both or neither; of a key that is there already nothing is touched.
Status store(const tls::NewRequest &request, const Destination &files, const Options &options) {
    if (!options.existing_key.empty())
        return write_new_file(files.csr, as_bytes(request.request_pem), 0644, options.force);
    const auto belong = [](const std::filesystem::path &key_path, const std::filesystem::path &path) {
        const auto csr = read_file(path);
        const auto key = read_secret_file(key_path);
        return csr && key && tls::is_request_for(as_bytes(*csr), *key);
    };
    return FilePair(files.key, files.csr, belong)
        .store(request.private_key_pem.bytes(), as_bytes(request.request_pem), 0644, options.force);
}

Result<Report> request(const Options &options, const Context &context) {
    if (auto valid = check_options(options); !valid)
        return std::move(valid).error();
    const std::string name = options.name.empty() ? host_name() : options.name;
    tls::LeafRequest wanted{.common_name = name,
                            .profile = options.leaf.profile,
                            .dns_names = options.leaf.dns_names,
                            .ip_addresses = options.leaf.ip_addresses,
                            .key = options.key_kind};
    const std::string remark = set_default_names(wanted, name, context);
    auto files = destination(options, name, context);
    if (!files)
        return std::move(files).error();
    const std::string key = options.existing_key.empty() ? files->key.string() : options.existing_key;
    auto made = make_request(wanted, options);
    if (!made)
        return std::move(made).error();
    if (auto stored = store(*made, *files, options); !stored)
        return std::move(stored).error();

    auto lines = request_fields(made->info);
    lines.insert(lines.begin(), {"private key", key + " (it stays here)"});
    const std::string next = "On the CA's host: tlsctl cert sign " + files->csr.filename().string() +
                             " --profile " + profile_word(wanted.profile);
    Report report;
    report.text =
        "Certificate request " + files->csr.string() + "\n" + fields(lines) + "\n" + remark + next + "\n";
    report.json = {{"request", files->csr.string()},
                   {"private_key", key},
                   {"asked", request_json(made->info)},
                   {"names_defaulted", !remark.empty()},
                   {"next", next}};
    return report;
}

} // namespace

void add_cert_request(Command parent, Context &context) {
    const Command command = add_command(
        parent, "request", "Make a key, and a request for a certificate that a CA elsewhere signs",
        "  tlsctl cert request nfs1 --profile server --dns nfs1.example --ip 192.0.2.7\n"
        "  tlsctl cert request client1 --profile client --key-type ed25519\n"
        "  tlsctl cert request client1 --profile client --existing-key /etc/rpctls/certs/client1.key\n"
        "  tlsctl cert request hsm --profile client \\\n"
        "      --existing-key 'pkcs11:token=lab;object=client;type=private?pin-source=/etc/rpctls/pin'\n");
    const auto options = std::make_shared<Options>();
    command.add_option("NAME", options->name, "Common name and file name; default: this host's name")
        .type_name(" ");
    add_profile_option(command, options->leaf, "peer");
    add_name_options(command, options->leaf);
    const Option out = add_out_option(command, options->out, "NAME.csr and NAME.key are");
    command.add_option("--csr", options->csr, "Write the request here").type_name("FILE").excludes(out);
    const Option key = command.add_option("--key", options->key, "Write the private key here")
                           .type_name("FILE")
                           .excludes(out);
    add_key_type(command, options->key_kind);
    command
        .add_option("--existing-key", options->existing_key,
                    "Ask for a key that there is: its file, or its PKCS #11 URL")
        .type_name("FILE|URL")
        .excludes(key)
        .excludes(command.get_option("--key-type"));
    command.add_flag("--force", options->force, "Replace files of the same names, the key among them");
    command.callback([options, &context] {
        context.selected = [options, &context] { return request(*options, context); };
    });
}

} // namespace rpctls::tlsctl
