// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "tlsctl/certificates/certificate_input.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/table.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string word;
    PassphraseSource passphrase{PassphraseSource::bundle_credential};
};

Result<Report> show(const Options &options, const Context &context) {
    auto input = read_certificates(options.word, options.passphrase, context);
    if (!input)
        return std::move(input).error();
    Report report;
    report.json = {{"file", input->path.string()},
                   {"private_key", !input->key_pem.empty()},
                   {"certificates", nlohmann::json::array()}};
    report.text = input->path.string() + (input->key_pem.empty() ? "\n" : ", with its private key\n");
    for (const tls::CertificateInfo &certificate : input->chain) {
        if (&certificate != &input->chain.front())
            report.text += "\nthen\n";
        report.text += fields(certificate_fields(certificate));
        report.json["certificates"].push_back(certificate_json(certificate));
    }
    return report;
}

} // namespace

void add_cert_show(Command parent, Context &context) {
    const Command command =
        add_command(parent, "show", "Print what a certificate says",
                    "  tlsctl cert show nfs1\n"
                    "  tlsctl cert show /etc/ssl/nfs1.der\n"
                    "  tlsctl cert show client1.p12 --passphrase-file client1.p12.passphrase\n");
    const auto options = std::make_shared<Options>();
    command.add_option("FILE|NAME", options->word, "PEM, DER or PKCS#12, or a NAME that cert issue was given")
        .type_name(" ")
        .required();
    add_passphrase_options(command, options->passphrase, "", "a PKCS#12 file");
    command.callback(
        [options, &context] { context.selected = [options, &context] { return show(*options, context); }; });
}

} // namespace rpctls::tlsctl
