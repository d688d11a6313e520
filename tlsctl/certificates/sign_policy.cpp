// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/sign_policy.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/ca_limits.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

bool has_name(const tls::CertificateInfo &certificate, const std::string &common_name) {
    const auto own = tls::common_name(certificate);
    return own && *own == common_name;
}

/// The first name of the one that the other has, too; empty when there is none.
std::string shared_name(const tls::LeafRequest &wanted, const tls::CertificateInfo &certificate) {
    for (const std::string &name : wanted.dns_names)
        if (std::ranges::any_of(certificate.dns_names, [&](const std::string &other) {
                return lower_case(other) == lower_case(name);
            }))
            return name;
    for (const std::string &address : wanted.ip_addresses)
        if (std::ranges::find(certificate.ip_addresses, address) != certificate.ip_addresses.end())
            return address;
    return {};
}

} // namespace

bool SigningRecord::is_in_force(const tls::CertificateInfo &certificate) const {
    return certificate.not_after > now && (!revoked || revoked->find(certificate.serial) == nullptr);
}

Status check_request(const tls::LeafRequest &wanted, const tls::CertificateRequestInfo &asked,
                     bool names_are_asked, const SigningRecord &record, bool force) {
    for (const tls::CertificateInfo &each : record.issued) {
        const bool same_key = each.spki_pin == asked.spki_pin;
        const tls::Revocation *revocation = record.revoked ? record.revoked->find(each.serial) : nullptr;
        if (same_key && revocation != nullptr && revocation->reason == tls::RevocationReason::key_compromise)
            return Error{Stage::input, "key-compromised",
                         "the request is for a key that was revoked because others may have it"}
                .with("serial", each.serial)
                .with("revoked", format_time(revocation->time))
                .advise("have it made anew with a new key");
        if (force || !record.is_in_force(each) || has_name(each, wanted.common_name))
            continue;
        if (same_key)
            return Error{Stage::input, "key-in-use",
                         "the request is for a key that another name has a certificate of"}
                .with("subject", each.subject)
                .with("serial", each.serial)
                .advise("have it made anew with a key of its own, or sign it all the same with --force");
        const std::string name = names_are_asked ? shared_name(wanted, each) : std::string();
        if (!name.empty())
            return Error{Stage::input, "name-taken", "the request asks for a name that is another's"}
                .with("name", printable(name))
                .with("of", each.subject)
                .with("serial", each.serial)
                .advise("say which names it gets with --dns and --ip, or sign it as it is with --force");
    }
    return {};
}

std::vector<std::string> replaced_by(const tls::LeafRequest &wanted, const tls::CertificateRequestInfo &asked,
                                     const SigningRecord &record) {
    std::vector<std::string> serials;
    for (const tls::CertificateInfo &each : record.issued)
        if (record.is_in_force(each) && has_name(each, wanted.common_name) && each.spki_pin != asked.spki_pin)
            serials.push_back(each.serial);
    return serials;
}

} // namespace rpctls::tlsctl
