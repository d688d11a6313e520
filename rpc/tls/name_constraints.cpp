// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/certificate_builder.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/subject_names.hpp"
#include "rpc/tls/x509.hpp"

#include <new>

namespace rpctls::tls {

namespace {

using Constraints = Owner<gnutls_x509_name_constraints_t, gnutls_x509_name_constraints_deinit>;

Constraints new_constraints() {
    auto constraints = make<Constraints>(gnutls_x509_name_constraints_init);
    if (!constraints)
        throw std::bad_alloc();
    return constraints;
}

Error invalid(std::string_view constraint, std::string remedy) {
    return Error{Stage::input, "constraint-invalid",
                 "\"" + printable(constraint) + "\" cannot constrain the names of a CA"}
        .advise(std::move(remedy));
}

Status permit_dns(gnutls_x509_name_constraints_t constraints, const std::string &domain) {
    // ".example" is what other tools call "below example"; RFC 5280 has the domain itself and all below it.
    auto checked = checked_dns_name(domain.starts_with('.') ? domain.substr(1) : domain);
    if (!checked)
        return invalid(domain, "give a domain, which stands for itself and all names below it: --permit-dns "
                               "storage.example");
    const gnutls_datum_t name = borrow(as_bytes(*checked));
    const int code = gnutls_x509_name_constraints_add_permitted(constraints, GNUTLS_SAN_DNSNAME, &name);
    return code < 0 ? Status(issuing_failed(code)) : Status();
}

Status permit_ip(gnutls_x509_name_constraints_t constraints, const std::string &network) {
    Datum range;
    if (network.find('\0') != std::string::npos ||
        gnutls_x509_cidr_to_rfc5280(network.c_str(), range.out()) < 0)
        return invalid(network, "give a network such as 192.0.2.0/24 or 2001:db8::/32");
    const int code =
        gnutls_x509_name_constraints_add_permitted(constraints, GNUTLS_SAN_IPADDRESS, range.get());
    return code < 0 ? Status(issuing_failed(code)) : Status();
}

} // namespace

Status set_name_constraints(gnutls_x509_crt_t crt, const CaRequest &request) {
    if (request.permitted_dns.empty() && request.permitted_networks.empty())
        return {};
    const auto constraints = new_constraints();
    for (const std::string &domain : request.permitted_dns)
        if (auto permitted = permit_dns(constraints.get(), domain); !permitted)
            return permitted;
    for (const std::string &network : request.permitted_networks)
        if (auto permitted = permit_ip(constraints.get(), network); !permitted)
            return permitted;
    const int code = gnutls_x509_crt_set_name_constraints(crt, constraints.get(), 1);
    return code < 0 ? Status(issuing_failed(code)) : Status();
}

Status check_name_constraints(const CheckedNames &names, gnutls_x509_crt_t issuer) {
    const auto constraints = new_constraints();
    unsigned critical = 0;
    const int code = gnutls_x509_crt_get_name_constraints(issuer, constraints.get(), 0, &critical);
    if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return {};
    if (code < 0)
        return issuing_failed(code);
    // One by one: the function for a whole certificate refuses any that has an address, whatever is permitted.
    const auto check = [&](gnutls_x509_subject_alt_name_t kind, std::span<const std::byte> octets,
                           const std::string &text) -> Status {
        const gnutls_datum_t name = borrow(octets);
        if (gnutls_x509_name_constraints_check(constraints.get(), kind, &name) != 0)
            return {};
        return Error{Stage::input, "name-not-permitted", "the CA's name constraints do not permit " + text}
            .advise("give names and addresses that it permits with --dns and --ip, or use another CA");
    };
    for (const std::string &name : names.dns_names)
        if (auto permitted = check(GNUTLS_SAN_DNSNAME, as_bytes(name), name); !permitted)
            return permitted;
    for (const auto &address : names.ip_addresses)
        if (auto permitted = check(GNUTLS_SAN_IPADDRESS, address, address_text(address)); !permitted)
            return permitted;
    return {};
}

} // namespace rpctls::tls
