// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/certificate_input.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/bundle.hpp"

namespace rpctls::tlsctl {

namespace {

Result<CertificateInput> read_pkcs12(const std::filesystem::path &path, std::string_view octets,
                                     const PassphraseSource &source) {
    auto passphrase = read_passphrase(source);
    if (!passphrase)
        return std::move(passphrase).error();
    if (!*passphrase)
        return Error{Stage::input, "passphrase-missing", path.string() + " is protected by a passphrase"}
            .advise("give it with --passphrase-file FILE (- to type it) or --passphrase-fd N");
    auto bundle = tls::read_bundle(as_bytes(octets), **passphrase, path.string());
    if (!bundle)
        return std::move(bundle).error();
    auto chain = tls::parse_chain(as_bytes(bundle->chain_pem), path.string());
    if (!chain)
        return std::move(chain).error();
    return CertificateInput{path, std::move(*chain), std::move(bundle->private_key_pem),
                            std::move(bundle->trust_pem)};
}

} // namespace

std::filesystem::path certificate_path(const std::string &word, const Context &context) {
    std::error_code ignored;
    if (word.find('/') != std::string::npos || std::filesystem::exists(word, ignored))
        return word;
    return context.below_root(default_certificate_directory) / (word + ".pem");
}

Result<CertificateInput> read_certificates(const std::string &word, const PassphraseSource &passphrase,
                                           const Context &context) {
    const auto path = certificate_path(word, context);
    auto octets = read_file(path);
    if (!octets) {
        if (octets.error().name == "file-missing")
            octets.error().hint = "name a file, or a certificate that tlsctl cert issue made";
        return std::move(octets).error();
    }
    if (tls::is_bundle(as_bytes(*octets)))
        return read_pkcs12(path, *octets, passphrase);
    auto chain = tls::parse_chain(as_bytes(*octets), path.string());
    if (!chain)
        return std::move(chain).error();
    return CertificateInput{path, std::move(*chain), {}, {}};
}

} // namespace rpctls::tlsctl
