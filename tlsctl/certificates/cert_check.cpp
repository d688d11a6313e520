// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/certificate_check.hpp"
#include "rpc/tls/key_pair.hpp"
#include "tlsctl/certificates/ca_directory.hpp"
#include "tlsctl/certificates/certificate_input.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/certificates/leaf_options.hpp"

#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string word;
    PassphraseSource passphrase{PassphraseSource::bundle_credential};
    std::filesystem::path key;
    std::filesystem::path ca;
    std::filesystem::path crl;
    std::vector<std::string> hosts;
    LeafOptions leaf; ///< of it the profile alone
    bool has_profile = false;
    int days = 30;
};

/// What to judge by: what was named, else the CA of this host when it is the issuer.
tls::CredentialSources trust_sources(const Options &options, const CertificateInput &input,
                                     const Context &context) {
    tls::CredentialSources sources;
    if (!options.crl.empty())
        sources.crl = options.crl;
    if (!options.ca.empty()) {
        sources.truststore = options.ca;
        return sources;
    }
    const CaDirectory own(context.below_root(default_ca_directory));
    const auto material = own.load_certificate();
    if (!material || material->chain.front().subject != input.chain.back().issuer)
        return sources;
    sources.truststore = own.certificate();
    std::error_code ignored;
    if (!sources.crl && std::filesystem::exists(own.crl(), ignored))
        sources.crl = own.crl();
    return sources;
}

Result<std::shared_ptr<const tls::Credentials>>
load_trust(const Options &options, const CertificateInput &input, const Context &context) {
    auto sources = trust_sources(options, input, context);
    if (!sources.truststore && sources.crl)
        return usage_error("--crl needs --ca", "name the CA whose revocation list it is");
    if (!sources.truststore)
        return std::shared_ptr<const tls::Credentials>();
    return tls::Credentials::load(std::move(sources));
}

/// The key of the certificate: --key, or NAME.key beside what cert issue wrote.
Status check_key(const Options &options, const CertificateInput &input, std::vector<tls::Finding> &findings) {
    if (options.key.empty())
        return {};
    auto key = read_secret_file(options.key);
    if (!key)
        return std::move(key).error();
    const std::string chain = tls::to_pem(input.chain);
    auto pair = tls::read_key_pair(as_bytes(chain), input.path.string(), *key, options.key.string());
    if (pair)
        return {};
    if (pair.error().name != "key-mismatch")
        return std::move(pair).error();
    findings.insert(findings.begin(), {true, std::move(pair).error()});
    return {};
}

Report report(const CertificateInput &input, const std::vector<tls::Finding> &findings, bool judged) {
    const tls::CertificateInfo &leaf = input.chain.front();
    Report report;
    report.text = input.path.string() + ": " + printable(leaf.subject) + ", " + leaf.names() + ", " +
                  validity_words(leaf) + "\n";
    report.json = {{"file", input.path.string()},
                   {"certificate", certificate_json(leaf)},
                   {"trust_checked", judged},
                   {"findings", nlohmann::json::array()}};
    bool well = true;
    for (const tls::Finding &finding : findings) {
        well = well && !finding.is_fault;
        report.text += std::string(finding.is_fault ? "  wrong  " : "  note   ") + summary(finding.error) +
                       "\n         -> " + finding.error.hint + "\n";
        nlohmann::json entry = to_json(finding.error);
        entry["level"] = finding.is_fault ? "wrong" : "note";
        report.json["findings"].push_back(std::move(entry));
    }
    if (!judged)
        report.text += "  note   no CA was given: whether peers trust it was not checked\n"
                       "         -> name the CA certificates that they trust with --ca\n";
    if (well)
        report.text += "Nothing is wrong with it.\n";
    report.json["well"] = well;
    report.exit = well ? Exit::done : Exit::no;
    return report;
}

Result<Report> check(const Options &options, const Context &context) {
    auto input = read_certificates(options.word, options.passphrase, context);
    if (!input)
        return std::move(input).error();
    auto trust = load_trust(options, *input, context);
    if (!trust)
        return std::move(trust).error();
    tls::CertificateCheck order{.chain = input->chain,
                                .origin = input->path.string(),
                                .trust = *trust,
                                .hosts = {},
                                .profile = {},
                                .ahead = std::chrono::hours(24) * options.days,
                                .now = std::chrono::system_clock::now()};
    if (options.has_profile)
        order.profile = options.leaf.profile;
    for (const std::string &host : options.hosts) {
        auto name = tls::PeerName::parse(host);
        if (!name)
            return std::move(name).error();
        order.hosts.push_back(std::move(*name));
    }
    auto findings = tls::check_certificate(order);
    if (auto checked = check_key(options, *input, findings); !checked)
        return std::move(checked).error();
    return report(*input, findings, *trust != nullptr);
}

} // namespace

void add_cert_check(Command parent, Context &context) {
    const Command command = add_command(
        parent, "check", "Find what is wrong with a certificate, or will be",
        "  tlsctl cert check nfs1 --host nfs1.example --host 192.0.2.7\n"
        "  tlsctl cert check fullchain.pem --key privkey.pem --ca ca.pem --days 14\n"
        "  tlsctl cert check client1.p12 --passphrase-file client1.p12.passphrase --profile client\n");
    const auto options = std::make_shared<Options>();
    command.add_option("FILE|NAME", options->word, "PEM, DER or PKCS#12, or a NAME that cert issue was given")
        .type_name(" ")
        .required();
    command.add_option("--key", options->key, "The private key that is to belong to it").type_name("FILE");
    command.add_option("--ca", options->ca, "The CA certificates that peers trust").type_name("FILE");
    command.add_option("--crl", options->crl, "The revocation list that peers have").type_name("FILE");
    command.add_option("--host", options->hosts, "A name or address that clients mount by; repeat for more")
        .type_name("NAME")
        .allow_extra_args(false);
    add_profile_option(command, options->leaf, "any of them");
    command.add_option("--days", options->days, "What ends within so many days is wrong; default 30")
        .type_name("N")
        .between(0, 36500);
    add_passphrase_options(command, options->passphrase, "", "a PKCS#12 file");
    command.callback([options, &context, command] {
        options->has_profile = command.count("--profile") != 0;
        context.selected = [options, &context] { return check(*options, context); };
    });
}

} // namespace rpctls::tlsctl
