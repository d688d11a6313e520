// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "tlsctl/certificates/ca_crl_file.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/certificates/issued_certificates.hpp"
#include "tlsctl/certificates/leaf_options.hpp"
#include "tlsctl/certificates/new_files.hpp"
#include "tlsctl/certificates/request_view.hpp"
#include "tlsctl/certificates/sign_policy.hpp"
#include "tlsctl/cli/table.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::filesystem::path csr;
    std::string name;
    LeafOptions leaf;
    CaOptions ca;
    NewFiles out;
    std::filesystem::path certificate;
    bool show = false;
    bool force = false;
};

Result<tls::LeafRequest> decide(const Options &options, const tls::CertificateRequestInfo &asked,
                                tls::Time ca_not_after) {
    const bool names_are_given = !options.leaf.dns_names.empty() || !options.leaf.ip_addresses.empty();
    tls::LeafRequest wanted{
        .common_name = options.name.empty() ? asked.common_name : options.name,
        .profile = options.leaf.profile,
        .dns_names = names_are_given ? options.leaf.dns_names : asked.dns_names,
        .ip_addresses = names_are_given ? options.leaf.ip_addresses : asked.ip_addresses,
    };
    if (wanted.common_name.empty())
        return Error{Stage::input, "common-name-invalid",
                     "the request in " + options.csr.string() + " has no name"}
            .advise("give it one with --name NAME");
    if (auto valid = set_validity(wanted, options.leaf, ca_not_after); !valid)
        return std::move(valid).error();
    return wanted;
}

Report report_of(const Options &options, const tls::CertificateRequestInfo &asked,
                 const tls::LeafRequest &wanted, const std::vector<std::string> &replaced) {
    Report report;
    report.text =
        "Certificate request " + options.csr.string() + ", as it asks\n" + fields(request_fields(asked));
    report.json = {{"request", options.csr.string()},
                   {"asked", request_json(asked)},
                   {"profile", profile_word(wanted.profile)},
                   {"replaces", replaced},
                   {"signed", false}};
    for (const std::string &serial : replaced)
        report.text += "Note: " + printable(wanted.common_name) +
                       " has another certificate in force, serial " + serial +
                       "; revoke it when this one is in its place\n";
    return report;
}

Result<std::filesystem::path> destination(const Options &options, const std::string &name,
                                          const Context &context) {
    if (!options.certificate.empty())
        return options.certificate;
    const auto stem = stem_for(options.out, name, context);
    if (!stem)
        return stem.error();
    return std::filesystem::path(stem->string() + ".pem");
}

Result<Report> sign(const Options &options, const Context &context) {
    const auto csr = read_file(options.csr);
    if (!csr)
        return csr.error();
    auto asked = tls::read_certificate_request(as_bytes(*csr), options.csr.string());
    if (!asked)
        return std::move(asked).error();
    const CaDirectory ca = ca_directory(options.ca, context);
    auto own = ca.load_certificate();
    if (!own)
        return std::move(own).error();
    auto wanted = decide(options, *asked, own->chain.front().not_after);
    if (!wanted)
        return std::move(wanted).error();
    auto lock = ca.lock();
    if (!lock)
        return std::move(lock).error();
    auto issued = issued_certificates(ca);
    if (!issued)
        return std::move(issued).error();
    auto revoked = load_crl(ca, own->chain.front());
    if (!revoked)
        return std::move(revoked).error();
    const SigningRecord record{std::move(*issued), std::move(*revoked), std::chrono::system_clock::now()};
    const bool names_are_asked = options.leaf.dns_names.empty() && options.leaf.ip_addresses.empty();
    if (auto sound = check_request(*wanted, *asked, names_are_asked, record, options.force); !sound)
        return std::move(sound).error();
    Report report = report_of(options, *asked, *wanted, replaced_by(*wanted, *asked, record));
    if (options.show) {
        report.text += "Nothing was signed. It would be for " + printable(wanted->common_name) + " as " +
                       profile_word(wanted->profile) + ", names " +
                       request_names(wanted->dns_names, wanted->ip_addresses) + ", until " +
                       format_time(wanted->not_after) + ".\n";
        return report;
    }
    auto file = destination(options, wanted->common_name, context);
    if (!file)
        return std::move(file).error();
    auto material = ca.load(options.ca.passphrase);
    if (!material)
        return std::move(material).error();
    auto pair = tls::sign_request(*wanted, as_bytes(*csr), options.csr.string(), material->certificate_pem,
                                  material->key_pem);
    if (!pair)
        return std::move(pair).error();
    if (auto recorded = record_issued(ca, pair->info); !recorded)
        return std::move(recorded).error();
    if (auto written = write_new_file(*file, as_bytes(pair->certificate_pem), 0644, options.force);
        !written) {
        (void)forget_issued(ca, pair->info);
        return std::move(written).error();
    }
    report.text += "\nCertificate " + file->string() + "\n" + fields(certificate_fields(pair->info)) +
                   "\nBring it to the host that has the key, and look at it there: tlsctl cert check " +
                   file->filename().string() + " --key FILE\n";
    report.json["signed"] = true;
    report.json["certificate"] = file->string();
    report.json["leaf"] = certificate_json(pair->info);
    return report;
}

} // namespace

void add_cert_sign(Command parent, Context &context) {
    const Command command = add_command(
        parent, "sign", "Have the CA sign a request that was made elsewhere",
        "  tlsctl cert sign nfs1.csr --profile server --show          # what it asks for; signs nothing\n"
        "  tlsctl cert sign nfs1.csr --profile server\n"
        "  tlsctl cert sign client1.csr --profile client --name client1 --dns client1.example --days 90\n");
    const auto options = std::make_shared<Options>();
    command.add_option("FILE", options->csr, "A PKCS#10 request, PEM or DER").type_name(" ").required();
    add_profile_option(command, options->leaf, "none");
    command.get_option("--profile").required();
    command.add_option("--name", options->name, "The common name and file name; default: the one it asks for")
        .type_name("NAME");
    add_name_options(command, options->leaf);
    add_validity_options(command, options->leaf);
    add_ca_directory(command, options->ca);
    add_ca_passphrase(command, options->ca);
    const Option out = add_out_option(command, options->out, "NAME.pem is");
    command.add_option("--cert", options->certificate, "Write the certificate here")
        .type_name("FILE")
        .excludes(out);
    command.add_flag("--show", options->show, "Say what it asks for and what it would get, and sign nothing");
    command.add_flag("--force", options->force,
                     "Replace a file of the same name; sign names and keys that another has");
    command.callback(
        [options, &context] { context.selected = [options, &context] { return sign(*options, context); }; });
}

} // namespace rpctls::tlsctl
