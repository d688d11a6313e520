// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/setup/bundle_input.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"

namespace rpctls::tlsctl {

namespace {

Result<Secret> passphrase_of(const std::filesystem::path &file, PassphraseSource source) {
    const std::string beside = file.string() + ".passphrase";
    auto given = read_passphrase(source);
    std::error_code ignored;
    if (given && !*given && std::filesystem::exists(beside, ignored)) {
        source.file = beside;
        given = read_passphrase(source);
    }
    if (!given)
        return std::move(given).error();
    if (*given)
        return std::move(**given);
    return Error{Stage::input, "passphrase-missing", "a bundle is opened with its passphrase"}.advise(
        "give --passphrase-file FILE (- asks for it), or put it into " + beside);
}

} // namespace

Result<Bundle> open_bundle(const std::filesystem::path &file, PassphraseSource passphrase) {
    const auto octets = read_file(file, tls::largest_bundle);
    if (!octets)
        return octets.error();
    const auto secret = passphrase_of(file, std::move(passphrase));
    if (!secret)
        return secret.error();
    const std::string origin = file.string();
    auto contents = tls::read_bundle(as_bytes(*octets), *secret, origin);
    if (!contents)
        return std::move(contents).error();
    auto pair = tls::read_key_pair(as_bytes(contents->chain_pem), origin, contents->private_key_pem, origin);
    if (!pair)
        return std::move(pair).error();
    if (pair->chain.front().not_after <= std::chrono::system_clock::now())
        return Error{Stage::input, "certificate-expired", "the certificate in " + origin + " has expired"}
            .with("ended", format_time(pair->chain.front().not_after))
            .advise("make a new bundle with tlsctl cert issue --bundle");
    if (contents->trust_pem.empty())
        return Error{Stage::input, "bundle-without-trust", "there is no CA certificate to trust in " + origin}
            .advise("make it with the CA's certificate in it, or add that with tlsctl trust add and the pair "
                    "with tlsctl identity add");
    auto trust = tls::parse_chain(as_bytes(contents->trust_pem), origin);
    if (!trust)
        return std::move(trust).error();
    return Bundle{file, std::move(contents->name), std::move(*pair), std::move(contents->trust_pem),
                  std::move(*trust)};
}

} // namespace rpctls::tlsctl
