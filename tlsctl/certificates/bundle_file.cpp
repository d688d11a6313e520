// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/bundle_file.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tlsctl/certificates/file_pair.hpp"
#include "tlsctl/certificates/new_files.hpp"

namespace rpctls::tlsctl {

namespace {

bool opens(const std::filesystem::path &passphrase_file, const std::filesystem::path &bundle) {
    const auto octets = read_file(bundle, tls::largest_bundle);
    auto passphrase = read_passphrase({"", passphrase_file.string()});
    return octets && passphrase && *passphrase && tls::read_bundle(as_bytes(*octets), **passphrase, "bundle");
}

} // namespace

void add_bundle_options(Command command, BundleOptions &options) {
    const Option bundle =
        command
            .add_option("--bundle", options.file,
                        "Write key, chain and the CA into one file that a passphrase protects (PKCS#12)")
            .type_name("FILE");
    add_passphrase_options(command, options.passphrase, "", "the bundle");
    command
        .add_flag("--show-passphrase", options.show,
                  "Show the generated passphrase once on the terminal, instead of writing FILE.passphrase")
        .needs(bundle);
    for (const char *name : {"--passphrase-file", "--passphrase-fd"})
        command.get_option(name).needs(bundle);
}

Result<BundlePassphrase> choose_passphrase(const BundleOptions &options) {
    auto given = read_passphrase(options.passphrase);
    if (!given)
        return std::move(given).error();
    if (*given)
        return BundlePassphrase{std::move(**given)};
    if (options.show)
        if (auto there = check_terminal(); !there)
            return std::move(there).error();
    auto made = generate_passphrase();
    if (!made)
        return std::move(made).error();
    BundlePassphrase passphrase{std::move(*made)};
    passphrase.show = options.show;
    if (!options.show)
        passphrase.file = options.file.string() + ".passphrase";
    return passphrase;
}

Status write_bundle(const tls::BundleContents &contents, const std::filesystem::path &file,
                    const BundlePassphrase &passphrase, bool replace) {
    auto bundle = tls::make_bundle(contents, passphrase.text);
    if (!bundle)
        return std::move(bundle).error();
    if (passphrase.file.empty()) {
        if (auto written = write_new_file(file, *bundle, 0600, replace); !written)
            return written;
        return passphrase.show ? show_on_terminal("Passphrase of " + file.string() + ": ", passphrase.text)
                               : Status();
    }
    Secret line(passphrase.text.size() + 1);
    std::copy(passphrase.text.bytes().begin(), passphrase.text.bytes().end(), line.bytes().begin());
    line.bytes().back() = std::byte{'\n'};
    return FilePair(passphrase.file, file, opens).store(line.bytes(), *bundle, 0600, replace);
}

} // namespace rpctls::tlsctl
