// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/ca_limits.hpp"
#include "tlsctl/certificates/ca_crl_file.hpp"
#include "tlsctl/certificates/certificate_input.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/certificates/issued_certificates.hpp"

#include <algorithm>
#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::vector<std::string> words;
    tls::RevocationReason reason = tls::RevocationReason::unspecified;
    CaOptions ca;
    int days = 30;
    bool all = false;
    bool force = false;
};

/// What is to be revoked; of a serial that there is no record of the certificate is not known.
struct Target {
    std::string serial;
    std::optional<tls::CertificateInfo> certificate{};
};

Status check_issuer(const tls::CertificateInfo &certificate, const tls::CertificateInfo &ca,
                    const std::string &origin) {
    if (tls::is_issued_by(certificate, ca))
        return {};
    return Error{Stage::input, "certificate-foreign", origin + " is a certificate by another CA"}
        .with("issuer", certificate.issuer)
        .with("this CA", ca.subject)
        .advise("revoke it where it was signed: name that CA with --ca-dir DIR");
}

std::string serials_of(const std::vector<tls::CertificateInfo> &certificates) {
    std::vector<std::string> words;
    for (const auto &each : certificates)
        words.push_back(each.serial + " of " + format_time(each.not_before));
    return join(words, ", ");
}

/// Those of a common name that have not ended, and are not revoked unless all are.
Result<std::vector<Target>> find_by_name(const std::string &name, const Options &options,
                                         const CaDirectory &ca,
                                         const std::optional<tls::RevocationList> &list) {
    auto known = issued_certificates(ca);
    if (!known)
        return std::move(known).error();
    const tls::Time now = std::chrono::system_clock::now();
    std::erase_if(*known, [&](const tls::CertificateInfo &each) {
        const auto common_name = tls::common_name(each);
        return !common_name || *common_name != name || each.not_after <= now;
    });
    std::vector<tls::CertificateInfo> open;
    for (const auto &each : *known)
        if (!list || list->find(each.serial) == nullptr)
            open.push_back(each);
    if (open.size() > 1 && !options.all)
        return Error{Stage::input, "certificate-ambiguous",
                     "there are several certificates of the name " + printable(name)}
            .with("serials", serials_of(open))
            .advise("name one by its serial or its file, or all of them with --all");
    std::vector<Target> targets;
    for (auto &each : open.empty() ? *known : open)
        targets.push_back({each.serial, each});
    return targets;
}

Result<std::vector<Target>> find_file(const std::string &word, const tls::CertificateInfo &ca_certificate,
                                      const Context &context) {
    auto input = read_certificates(word, {PassphraseSource::bundle_credential}, context);
    if (!input)
        return std::move(input).error();
    if (auto own = check_issuer(input->chain.front(), ca_certificate, input->path.string()); !own)
        return std::move(own).error();
    return std::vector<Target>{{input->chain.front().serial, input->chain.front()}};
}

/// A file, a serial, or a name, in this order: a file is what can be looked at.
Result<std::vector<Target>> find(const std::string &word, const Options &options, const CaDirectory &ca,
                                 const tls::CertificateInfo &ca_certificate,
                                 const std::optional<tls::RevocationList> &list, const Context &context) {
    std::error_code ignored;
    if (word.find('/') != std::string::npos || std::filesystem::is_regular_file(word, ignored))
        return find_file(word, ca_certificate, context);
    const auto serial = tls::parse_serial(word);
    if (serial) {
        auto record = issued_certificate(ca, *serial);
        if (!record)
            return std::move(record).error();
        if (*record || (list && list->find(*serial) != nullptr))
            return std::vector<Target>{{*serial, std::move(*record)}};
    }
    auto named = find_by_name(word, options, ca, list);
    if (!named || !named->empty())
        return named;
    if (std::filesystem::is_regular_file(certificate_path(word, context), ignored))
        return find_file(word, ca_certificate, context);
    if (serial && options.force)
        return std::vector<Target>{{*serial}};
    return Error{Stage::input, "certificate-unknown",
                 printable(word) +
                     " is no file, and no name or serial of a certificate that this CA has a record of"}
        .with("CA", ca.path().string())
        .advise(serial ? "check it with tlsctl cert show; --force revokes a serial without a record of it"
                       : "name the certificate's file, or its serial with --force");
}

struct Outcome {
    Target target;
    tls::Revocation revocation;
    bool is_new = false;
};

Report report_of(const std::vector<Outcome> &outcomes, const CaDirectory &ca,
                 const tls::RevocationList &list) {
    Report report;
    report.json = {{"revoked", nlohmann::json::array()}, {"crl", crl_json(ca, list)}};
    bool changed = false;
    for (const auto &[target, revocation, is_new] : outcomes) {
        const std::string who = target.certificate ? target.certificate->subject + ", " : std::string();
        report.text += (is_new ? "Revoked: " : "Was revoked already: ") + who + "serial " + target.serial +
                       ", " + to_string(revocation.reason) + ", " + format_time(revocation.time) + "\n";
        nlohmann::json entry = {{"serial", target.serial},
                                {"reason", to_string(revocation.reason)},
                                {"time", format_time(revocation.time)},
                                {"new", is_new},
                                {"certificate", nullptr}};
        if (target.certificate)
            entry["certificate"] = certificate_json(*target.certificate);
        report.json["revoked"].push_back(std::move(entry));
        changed = changed || is_new;
    }
    report.text += "Revocation list " + ca.crl().string() + "\n  " + crl_words(list) + "\n";
    if (changed)
        report.text += "\n" + crl_use(ca);
    return report;
}

Result<Report> revoke(const Options &options, const Context &context) {
    const CaDirectory ca = ca_directory(options.ca, context);
    // Before the lock, which would be made in a directory that is not there.
    auto certificate = ca.load_certificate();
    if (!certificate)
        return std::move(certificate).error();
    const tls::CertificateInfo &own = certificate->chain.front();
    auto lock = ca.lock();
    if (!lock)
        return std::move(lock).error();
    auto old = load_crl(ca, own);
    if (!old)
        return std::move(old).error();
    const tls::Time now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    std::vector<Outcome> outcomes;
    std::vector<tls::Revocation> more;
    for (const std::string &word : options.words) {
        auto targets = find(word, options, ca, own, *old, context);
        if (!targets)
            return std::move(targets).error();
        for (Target &target : *targets) {
            const tls::Revocation *known = *old ? (*old)->find(target.serial) : nullptr;
            tls::Revocation revocation{target.serial, now, options.reason};
            const bool is_new = known == nullptr;
            if (known != nullptr)
                revocation = *known;
            else if (std::ranges::none_of(more, [&](const auto &m) { return m.serial == target.serial; }))
                more.push_back(revocation);
            outcomes.push_back({std::move(target), std::move(revocation), is_new});
        }
    }
    if (more.empty() && !is_due(**old, now))
        return report_of(outcomes, ca, **old);
    auto material = ca.load(options.ca.passphrase);
    if (!material)
        return std::move(material).error();
    auto list = store_crl(ca, *material, *old, more, options.days);
    if (!list)
        return std::move(list).error();
    return report_of(outcomes, ca, *list);
}

} // namespace

void add_cert_revoke(Command parent, Context &context) {
    const Command command =
        add_command(parent, "revoke", "Take a certificate back: into the CA's revocation list",
                    "  tlsctl cert revoke client1 --reason key-compromise\n"
                    "  tlsctl cert revoke /tmp/client1.pem\n"
                    "  tlsctl cert revoke 5a1c9e0f3b7d4286a0c4e8f1d2b39577 --reason superseded\n"
                    "  tlsctl cert revoke client1 --all --ca-dir /etc/rpctls/ca.4f0c11d2   # of a CA that "
                    "has a successor\n");
    const auto options = std::make_shared<Options>();
    command
        .add_option(
            "NAME|FILE|SERIAL", options->words,
            "A NAME that the CA issued for, a certificate, or a serial in hexadecimal; several may be given")
        .type_name(" ")
        .required();
    command
        .add_choice(
            "--reason",
            [options = options.get()](const std::string &word) {
                const auto reason = tls::revocation_reason(word);
                if (!reason)
                    reject_choice("--reason", word,
                                  "unspecified, key-compromise, affiliation-changed, superseded, "
                                  "cessation-of-operation, privilege-withdrawn");
                options->reason = *reason;
            },
            "Why, which the list tells everybody: key-compromise, superseded, cessation-of-operation, "
            "affiliation-changed, privilege-withdrawn; default unspecified")
        .type_name("WORD");
    command.add_flag("--all", options->all, "All certificates of a NAME that have not ended");
    command.add_flag("--force", options->force, "A SERIAL that the CA has no record of");
    add_ca_directory(command, options->ca);
    add_crl_days(command, options->days);
    add_ca_passphrase(command, options->ca);
    command.callback([options, &context] {
        context.selected = [options, &context] { return revoke(*options, context); };
    });
}

} // namespace rpctls::tlsctl
