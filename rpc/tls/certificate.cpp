// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/certificate.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/der.hpp"
#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/x509.hpp"

#include <ctime>
#include <new>

namespace rpctls::tls {

namespace {

constexpr std::size_t longest_chain = 16;

Error unreadable(std::string_view origin, std::string_view why) {
    return Error{Stage::input, "certificate-unreadable",
                 "cannot read the certificate in " + printable(origin)}
        .with("reason", std::string(why))
        .advise("it takes an X.509 certificate in PEM or DER form, and only whole ones");
}

Error too_long(std::string_view origin) {
    return unreadable(origin, "more than " + std::to_string(longest_chain) + " certificates")
        .advise("give the leaf certificate first, then only the intermediate ones that lead to the CA");
}

/// Concatenated DER, as keyrings hold chains.
Result<std::vector<CertificateInfo>> parse_der(std::span<const std::byte> input, std::string_view origin) {
    std::vector<CertificateInfo> chain;
    while (!input.empty()) {
        if (chain.size() == longest_chain)
            return too_long(origin);
        const auto element = take_der(input);
        if (!element)
            return unreadable(origin, "the DER data is cut short or followed by something else");
        auto info = describe(element->whole, origin);
        if (!info)
            return std::move(info).error();
        chain.push_back(std::move(*info));
    }
    return chain;
}

/// One PEM block's octets; the labels are those that tools have written over the years.
int decode_pem(const gnutls_datum_t &text, Datum &der) {
    const int code = gnutls_pem_base64_decode2("CERTIFICATE", &text, der.out());
    return code == 0 ? code : gnutls_pem_base64_decode2("X509 CERTIFICATE", &text, der.out());
}

Result<std::vector<CertificateInfo>> parse_pem(std::string_view text, std::string_view origin) {
    constexpr std::string_view begin = "-----BEGIN ";
    std::vector<CertificateInfo> chain;
    for (std::size_t at = text.find(begin); at != std::string_view::npos;
         at = text.find(begin, at + begin.size())) {
        const std::string_view block = text.substr(at);
        const std::string_view label =
            block.substr(begin.size(), block.find_first_of("-\n", begin.size()) - begin.size());
        if (label != "CERTIFICATE" && label != "X509 CERTIFICATE")
            continue; // a key or parameters in the same file
        if (chain.size() == longest_chain)
            return too_long(origin);
        const std::string_view this_block = block.substr(0, block.find(begin, begin.size()));
        const gnutls_datum_t armoured = borrow(as_bytes(this_block));
        Datum der;
        if (const int code = decode_pem(armoured, der); code < 0)
            return unreadable(origin, gnutls_strerror(code));
        auto info = describe(der.bytes(), origin);
        if (!info)
            return std::move(info).error();
        chain.push_back(std::move(*info));
    }
    return chain;
}

} // namespace

std::string CertificateInfo::names() const {
    std::vector<std::string> all;
    for (const auto &name : dns_names)
        all.push_back("DNS:" + printable(name));
    for (const auto &address : ip_addresses)
        all.push_back("IP:" + printable(address));
    for (const auto &uri : uris)
        all.push_back("URI:" + printable(uri));
    if (all.empty())
        return "none";
    // A peer chooses how many there are; a message needs the first few.
    constexpr std::size_t most = 20;
    const std::size_t more = all.size() > most ? all.size() - most : 0;
    all.resize(all.size() - more);
    return join(all, ", ") + (more != 0 ? " and " + std::to_string(more) + " more" : "");
}

Result<std::vector<CertificateInfo>> parse_chain(std::span<const std::byte> pem_or_der,
                                                 std::string_view origin) {
    // 0x30 is DER's SEQUENCE and the digit 0 in text: a PEM file may open with any words.
    const std::string_view text = as_text(pem_or_der);
    const bool is_pem = text.find("-----BEGIN ") != std::string_view::npos;
    const bool is_der = !is_pem && !pem_or_der.empty() && pem_or_der[0] == std::byte{0x30};
    auto chain = is_der ? parse_der(pem_or_der, origin) : parse_pem(text, origin);
    if (chain && chain->empty())
        return Error{Stage::input, "certificate-missing", "no certificate in " + printable(origin)}.advise(
            "it takes PEM text with -----BEGIN CERTIFICATE----- or DER");
    return chain;
}

std::string to_pem(std::span<const CertificateInfo> chain) {
    std::string pem;
    for (const auto &certificate : chain) {
        const gnutls_datum_t der = borrow(certificate.der);
        Datum text;
        if (gnutls_pem_base64_encode2("CERTIFICATE", &der, text.out()) < 0)
            throw std::bad_alloc();
        pem += text.text();
        if (!pem.ends_with('\n'))
            pem += '\n';
    }
    return pem;
}

} // namespace rpctls::tls
