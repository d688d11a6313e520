// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/ca_limits.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/x509.hpp"

#include <array>
#include <bit>
#include <new>

namespace rpctls::tls {

namespace {

using Constraints = Owner<gnutls_x509_name_constraints_t, gnutls_x509_name_constraints_deinit>;

constexpr unsigned most_constraints = 256;

/// RFC 5280 4.2.1.10: address and mask, one after the other.
std::string network_text(std::span<const std::byte> octets) {
    const auto half = octets.size() / 2;
    int bits = 0;
    for (const std::byte octet : octets.subspan(half))
        bits += std::popcount(std::to_integer<unsigned>(octet));
    return address_text(octets.first(half)) + "/" + std::to_string(bits);
}

void read_constraints(gnutls_x509_crt_t crt, CaLimits &limits) {
    auto constraints = make<Constraints>(gnutls_x509_name_constraints_init);
    if (!constraints)
        throw std::bad_alloc();
    unsigned critical = 0;
    if (gnutls_x509_crt_get_name_constraints(crt, constraints.get(), 0, &critical) < 0)
        return;
    unsigned type = 0;
    gnutls_datum_t name{};
    for (unsigned i = 0; i < most_constraints &&
                         gnutls_x509_name_constraints_get_permitted(constraints.get(), i, &type, &name) >= 0;
         ++i) {
        if (type == GNUTLS_SAN_DNSNAME)
            limits.permitted_dns.push_back(printable(as_text(view(name))));
        else if (type == GNUTLS_SAN_IPADDRESS)
            limits.permitted_networks.push_back(network_text(view(name)));
        else
            limits.has_others = true;
    }
    limits.has_others = limits.has_others ||
                        gnutls_x509_name_constraints_get_excluded(constraints.get(), 0, &type, &name) >= 0;
}

} // namespace

Result<CaLimits> ca_limits(const CertificateInfo &certificate) {
    auto crt = import_certificate(certificate.der, certificate.subject);
    if (!crt)
        return std::move(crt).error();
    CaLimits limits;
    unsigned critical = 0;
    unsigned is_ca = 0;
    int path_length = -1;
    if (gnutls_x509_crt_get_basic_constraints(crt->get(), &critical, &is_ca, &path_length) >= 0 &&
        path_length >= 0)
        limits.path_length = path_length;
    read_constraints(crt->get(), limits);
    return limits;
}

Result<std::string> common_name(const CertificateInfo &certificate) {
    auto crt = import_certificate(certificate.der, certificate.subject);
    if (!crt)
        return std::move(crt).error();
    std::array<char, 512> name;
    std::size_t size = name.size();
    const int code =
        gnutls_x509_crt_get_dn_by_oid(crt->get(), GNUTLS_OID_X520_COMMON_NAME, 0, 0, name.data(), &size);
    return code < 0 ? std::string() : printable(std::string_view(name.data(), size));
}

} // namespace rpctls::tls
