// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/ca_directory.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
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

Status CaDirectory::store(const tls::IssuedPair &ca) const {
    return store_pair(ca, certificate(), key(), false);
}

Result<CaDirectory::Material> CaDirectory::load() const {
    auto pem = read_file(certificate());
    if (!pem && pem.error().name == "file-missing")
        return Error{Stage::input, "ca-missing", "there is no CA in " + path_.string()}
            .with("looked for", certificate().string())
            .advise("make one with tlsctl ca init, or say where it is with --ca-dir DIR");
    if (!pem)
        return std::move(pem).error();
    auto key_pem = read_secret_file(key());
    if (!key_pem)
        return std::move(key_pem).error();
    return Material{std::move(*pem), std::move(*key_pem)};
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
