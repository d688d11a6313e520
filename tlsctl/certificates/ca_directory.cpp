// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/ca_directory.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/key_encryption.hpp"
#include "rpc/tls/key_pair.hpp"

namespace rpctls::tlsctl {

namespace {

bool is_there(const std::filesystem::path &path) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

} // namespace

Result<Fd> CaDirectory::lock() const {
    return lock_file(path_ / ".lock");
}

Status CaDirectory::check_vacant() const {
    for (const auto &file : {certificate(), key()})
        if (is_there(file))
            return Error{Stage::input, "ca-exists", "there is a CA already"}
                .with("file", file.string())
                .advise("use it, name another directory with --ca-dir, or move both ca.pem and ca.key away "
                        "if every "
                        "certificate that they signed may become worthless");
    return {};
}

Status CaDirectory::store(const std::string &certificate_pem, const Secret &key_pem) const {
    return pair_files(certificate(), key()).store(key_pem.bytes(), as_bytes(certificate_pem), 0644, false);
}

Result<CaDirectory::Material> CaDirectory::load_certificate() const {
    auto pem = read_file(certificate());
    if (!pem && pem.error().name == "file-missing")
        return Error{Stage::input, "ca-missing", "there is no CA in " + path_.string()}
            .with("looked for", certificate().string())
            .advise("make one with tlsctl ca init, or say where it is with --ca-dir DIR");
    if (!pem)
        return std::move(pem).error();
    auto chain = tls::parse_chain(as_bytes(*pem), certificate().string());
    if (!chain)
        return std::move(chain).error();
    return Material{std::move(*pem), std::move(*chain), {}};
}

Result<CaDirectory::Material> CaDirectory::load(const PassphraseSource &source) const {
    auto material = load_certificate();
    if (!material)
        return material;
    auto key_pem = read_secret_file(key());
    if (!key_pem)
        return std::move(key_pem).error();
    material->key_pem = std::move(*key_pem);
    if (!tls::is_encrypted_key(material->key_pem))
        return material;
    auto passphrase = read_passphrase(source);
    if (!passphrase)
        return std::move(passphrase).error();
    if (!*passphrase)
        return Error{Stage::input, "passphrase-missing", "the key of this CA is encrypted"}
            .with("key", key().string())
            .advise(
                "give its passphrase with --ca-passphrase-file FILE (- to type it), --ca-passphrase-fd N or "
                "the systemd credential " +
                std::string(PassphraseSource::ca_credential));
    auto opened = tls::decrypt_private_key(material->key_pem, **passphrase, key().string());
    if (!opened)
        return std::move(opened).error();
    material->key_pem = std::move(*opened);
    return material;
}

void add_ca_directory(Command command, CaOptions &options) {
    command.add_option("--ca-dir", options.directory, "Where the CA is kept; default /etc/rpctls/ca")
        .type_name("DIR");
}

void add_ca_passphrase(Command command, CaOptions &options) {
    add_passphrase_options(command, options.passphrase, "ca-", "the CA's key");
}

CaDirectory ca_directory(const CaOptions &options, const Context &context) {
    return CaDirectory(options.directory.empty() ? context.below_root(default_ca_directory)
                                                 : options.directory);
}

FilePair pair_files(const std::filesystem::path &certificate, const std::filesystem::path &key) {
    return {key, certificate, [](const std::filesystem::path &key_path, const std::filesystem::path &path) {
                const auto chain = read_file(path);
                const auto secret = read_secret_file(key_path);
                return chain && secret && tls::read_key_pair(as_bytes(*chain), "", *secret, "");
            }};
}

Status store_pair(const tls::IssuedPair &pair, const std::filesystem::path &certificate,
                  const std::filesystem::path &key, bool replace) {
    return pair_files(certificate, key)
        .store(pair.private_key_pem.bytes(), as_bytes(pair.certificate_pem), 0644, replace);
}

} // namespace rpctls::tlsctl
