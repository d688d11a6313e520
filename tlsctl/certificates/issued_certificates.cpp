// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/issued_certificates.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

#include <unistd.h>

#include <cerrno>

namespace rpctls::tlsctl {

namespace {

std::filesystem::path record_path(const CaDirectory &ca, const std::string &serial) {
    return ca.issued() / (serial + ".pem");
}

Result<tls::CertificateInfo> read_record(const std::filesystem::path &path) {
    const auto pem = read_file(path);
    if (!pem)
        return pem.error();
    auto chain = tls::parse_chain(as_bytes(*pem), path.string());
    if (!chain)
        return std::move(chain).error();
    return std::move(chain->front());
}

} // namespace

Status record_issued(const CaDirectory &ca, const tls::CertificateInfo &certificate) {
    if (auto made = make_directory(ca.issued(), 0700); !made)
        return made;
    const std::string pem = tls::to_pem({&certificate, 1});
    return write_file(record_path(ca, certificate.serial), as_bytes(pem), 0644);
}

Status forget_issued(const CaDirectory &ca, const tls::CertificateInfo &certificate) {
    const auto path = record_path(ca, certificate.serial);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return system_error(Stage::input, "file-unwritable", "cannot remove " + path.string(), errno);
    ::rmdir(ca.issued().c_str()); // of a CA that has signed nothing else
    return {};
}

Result<std::vector<tls::CertificateInfo>> issued_certificates(const CaDirectory &ca) {
    std::vector<tls::CertificateInfo> all;
    std::error_code failure;
    std::filesystem::directory_iterator entries(ca.issued(), failure);
    if (failure == std::errc::no_such_file_or_directory)
        return all;
    for (; !failure && entries != std::filesystem::directory_iterator(); entries.increment(failure)) {
        if (entries->path().extension() != ".pem" || entries->path().filename().string().front() == '.')
            continue;
        auto certificate = read_record(entries->path());
        if (!certificate)
            return std::move(certificate).error();
        all.push_back(std::move(*certificate));
    }
    if (failure)
        return system_error(Stage::input, "directory-unreadable", "cannot read " + ca.issued().string(),
                            failure.value());
    return all;
}

Result<std::optional<tls::CertificateInfo>> issued_certificate(const CaDirectory &ca,
                                                               const std::string &serial) {
    auto certificate = read_record(record_path(ca, serial));
    if (certificate)
        return std::optional(std::move(*certificate));
    if (certificate.error().name == "file-missing")
        return std::optional<tls::CertificateInfo>();
    return std::move(certificate).error();
}

} // namespace rpctls::tlsctl
