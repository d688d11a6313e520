// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/ca_limits.hpp"
#include "rpc/tls/key_encryption.hpp"
#include "tlsctl/certificates/ca_directory.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/arguments.hpp"
#include "tlsctl/cli/table.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    CaOptions ca;
    int days = 3650;
    bool new_key = false;
    tls::KeyKind key = tls::KeyKind::ecdsa_p256;
};

/// "Storage CA" becomes "Storage CA G2", that "Storage CA G3": two CAs of one name are hard to tell apart.
std::string next_generation(const std::string &name) {
    const auto at = name.rfind(" G");
    const auto number = at == std::string::npos ? std::nullopt : parse_number(name.substr(at + 2), 9998);
    const std::string suffix = " G" + std::to_string(number.value_or(1) + 1);
    return (number ? name.substr(0, at) : name).substr(0, 64 - suffix.size()) + suffix;
}

Report report_of(const CaDirectory &directory, const tls::CertificateInfo &ca) {
    Report report;
    report.text =
        "CA certificate " + directory.certificate().string() + "\n" + fields(certificate_fields(ca));
    report.json = {{"certificate", directory.certificate().string()},
                   {"private_key", directory.key().string()},
                   {"ca", certificate_json(ca)}};
    return report;
}

Result<Report> renew(const Options &options, const CaDirectory &directory) {
    auto material = directory.load(options.ca.passphrase);
    if (!material)
        return std::move(material).error();
    const tls::CertificateInfo &old = material->chain.front();
    auto renewed =
        tls::renew_ca(material->certificate_pem, material->key_pem, std::chrono::hours(24) * options.days);
    if (!renewed)
        return std::move(renewed).error();
    const std::string pem = tls::to_pem({&*renewed, 1});
    if (auto written = write_file(directory.certificate(), as_bytes(pem), 0644); !written)
        return std::move(written).error();
    Report report = report_of(directory, *renewed);
    report.text +=
        "\nName and key are as before: what it has signed stays valid.\nGive the new certificate to every "
        "server and client before the old one ends, " +
        format_time(old.not_after) + ": tlsctl trust add " + directory.certificate().string() + "\n";
    report.json["replaced"] = certificate_json(old);
    return report;
}

Status name_directory(const std::filesystem::path &from, const std::filesystem::path &to, unsigned flags) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0)
        return {};
    return system_error(Stage::input, "file-unwritable",
                        "cannot put " + from.string() + " in the place of " + to.string(), errno);
}

std::filesystem::path next_path(const CaDirectory &directory) {
    return directory.path().string() + ".next";
}

std::filesystem::path kept_path(const CaDirectory &directory, const tls::CertificateInfo &ca) {
    return directory.path().string() + "." + ca.serial.substr(0, 8);
}

/// A run that was interrupted may have left the old CA there, when the two had changed places: a whole CA is kept.
Status clear_next(const CaDirectory &directory) {
    const auto next = next_path(directory);
    if (const auto left = CaDirectory(next).load_certificate())
        return name_directory(next, kept_path(directory, left->chain.front()), RENAME_NOREPLACE);
    std::error_code ignored;
    std::filesystem::remove_all(next, ignored);
    return {};
}

/// The new CA is made whole beside the old one; then the two directories change places in one step.
Result<Report> roll_over(const Options &options, const CaDirectory &directory) {
    auto material = directory.load_certificate();
    if (!material)
        return std::move(material).error();
    const tls::CertificateInfo &old = material->chain.front();
    auto limits = tls::ca_limits(old);
    auto name = tls::common_name(old);
    if (!limits || !name)
        return limits ? std::move(name).error() : std::move(limits).error();
    auto old_key = read_secret_file(directory.key());
    if (!old_key)
        return std::move(old_key).error();
    std::optional<Secret> passphrase;
    if (tls::is_encrypted_key(*old_key)) {
        // The same one opens the new key: it has to open the old.
        auto given = read_passphrase(options.ca.passphrase);
        if (!given)
            return std::move(given).error();
        if (!*given)
            return Error{Stage::input, "passphrase-missing", "the key of this CA is encrypted"}.advise(
                "give its passphrase with --ca-passphrase-file FILE (- to type it) or --ca-passphrase-fd N");
        if (auto opened = tls::decrypt_private_key(*old_key, **given, directory.key().string()); !opened)
            return std::move(opened).error();
        passphrase = std::move(*given);
    }
    auto ca = tls::make_ca({.common_name = next_generation(*name),
                            .key = options.key,
                            .lifetime = std::chrono::hours(24) * options.days,
                            .path_length = limits->path_length.value_or(0),
                            .permitted_dns = limits->permitted_dns,
                            .permitted_networks = limits->permitted_networks});
    if (!ca)
        return std::move(ca).error();
    if (passphrase) {
        auto locked = tls::encrypt_private_key(ca->private_key_pem, *passphrase);
        if (!locked)
            return std::move(locked).error();
        ca->private_key_pem = std::move(*locked);
    }
    const auto next = next_path(directory);
    const auto kept = kept_path(directory, old);
    if (auto cleared = clear_next(directory); !cleared)
        return std::move(cleared).error();
    if (auto made = make_directory(next, 0700); !made)
        return std::move(made).error();
    if (auto stored = CaDirectory(next).store(ca->certificate_pem, ca->private_key_pem); !stored)
        return std::move(stored).error();
    if (auto moved = name_directory(next, directory.path(), RENAME_EXCHANGE); !moved)
        return std::move(moved).error();
    if (auto moved = name_directory(next, kept, RENAME_NOREPLACE); !moved)
        return std::move(moved).error();
    Report report = report_of(directory, ca->info);
    report.text +=
        "\nThe old CA is kept in " + kept.string() + ". To go over to the new one:\n  1. tlsctl trust add " +
        directory.certificate().string() +
        " on every server and client, beside the old one.\n"
        "  2. Only then renew the certificates of servers and clients (tlsctl cert renew NAME).\n"
        "  3. When none of the old CA's is in use, take it out of the trust stores: tlsctl trust remove.\n"
        "Until then revoke what the old one signed with --ca-dir " +
        kept.string() + ".\n";
    report.json["old_ca_dir"] = kept.string();
    report.json["replaced"] = certificate_json(old);
    return report;
}

Result<Report> run(const Options &options, const Context &context) {
    const CaDirectory directory = ca_directory(options.ca, context);
    // Before the lock, which would be made in a directory that is not there.
    if (auto there = directory.load_certificate(); !there)
        return std::move(there).error();
    auto lock = directory.lock();
    if (!lock)
        return std::move(lock).error();
    return options.new_key ? roll_over(options, directory) : renew(options, directory);
}

} // namespace

void add_ca_renew(Command parent, Context &context) {
    const Command command = add_command(
        parent, "renew", "Give the CA a new validity, or with --new-key a successor",
        "  tlsctl ca renew                      # same key and name: issued certificates stay valid\n"
        "  tlsctl ca renew --days 7300\n"
        "  tlsctl ca renew --new-key            # a new CA in its place; prints how to go over to it\n");
    const auto options = std::make_shared<Options>();
    add_ca_directory(command, options->ca);
    command.add_option("--days", options->days, "How long it is valid from now on; default 3650")
        .type_name("N")
        .between(1, 36500);
    const Option new_key = command.add_flag("--new-key", options->new_key,
                                            "Make a new CA with a new key, and keep the old one beside it");
    add_key_type(command, options->key);
    command.get_option("--key-type").needs(new_key);
    add_ca_passphrase(command, options->ca);
    command.callback(
        [options, &context] { context.selected = [options, &context] { return run(*options, context); }; });
}

} // namespace rpctls::tlsctl
