// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/revocation_list.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/authority.hpp"
#include "rpc/tls/certificate_builder.hpp"
#include "rpc/tls/revocation_entries.hpp"
#include "rpc/tls/x509.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace rpctls::tls {

namespace {

constexpr std::pair<RevocationReason, const char *> reasons[] = {
    {RevocationReason::unspecified, "unspecified"},
    {RevocationReason::key_compromise, "key-compromise"},
    {RevocationReason::affiliation_changed, "affiliation-changed"},
    {RevocationReason::superseded, "superseded"},
    {RevocationReason::cessation_of_operation, "cessation-of-operation"},
    {RevocationReason::privilege_withdrawn, "privilege-withdrawn"},
};

Error unreadable(std::string_view origin, std::string reason) {
    return Error{Stage::input, "crl-unreadable", "cannot read the revocation list in " + printable(origin)}
        .with("reason", std::move(reason))
        .advise("bring back the list from a copy: it is the CA's only record of what it has revoked");
}

Error signing_failed(int code) {
    return Error{Stage::input, "crl-signing-failed", "cannot make the revocation list"}.with(
        "reason", gnutls_strerror(code));
}

Crl new_list() {
    auto list = make<Crl>(gnutls_x509_crl_init);
    if (!list)
        throw std::bad_alloc();
    return list;
}

std::string_view without_zeros(std::string_view serial) {
    while (serial.size() > 2 && serial.starts_with("00"))
        serial.remove_prefix(2);
    return serial;
}

Status check_signature(gnutls_x509_crl_t list, const CertificateInfo &ca, std::string_view origin) {
    auto issuer = import_certificate(ca.der, "the CA certificate");
    if (!issuer)
        return std::move(issuer).error();
    gnutls_x509_crt_t handle = issuer->get();
    unsigned status = 0;
    constexpr unsigned lenient = GNUTLS_VERIFY_DISABLE_CRL_CHECKS | GNUTLS_VERIFY_DISABLE_TIME_CHECKS;
    constexpr unsigned ignored = GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED |
                                 GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE | GNUTLS_CERT_INVALID;
    const int code = gnutls_x509_crl_verify(list, &handle, 1, lenient, &status);
    if (code >= 0 && (status & ~ignored) == 0)
        return {};
    return Error{Stage::input, "crl-of-another-ca",
                 "the revocation list in " + printable(origin) + " was not signed by this CA"}
        .with("CA", ca.subject)
        .advise("put it where its CA is, or bring back this CA's own from a copy");
}

Result<std::uint64_t> read_number(gnutls_x509_crl_t list, std::string_view origin) {
    // Version 1 lists have none.
    std::array<unsigned char, 64> octets{};
    std::size_t size = octets.size();
    const int code = gnutls_x509_crl_get_number(list, octets.data(), &size, nullptr);
    if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return std::uint64_t{0};
    std::uint64_t number = 0;
    for (std::size_t i = 0; code >= 0 && i < size; ++i) {
        if (number >> 55 != 0)
            return unreadable(origin, "its number is too large");
        number = number << 8 | octets[i];
    }
    if (code < 0)
        return unreadable(origin, gnutls_strerror(code));
    return number;
}

/// Signed without entries: GnuTLS knows how issuer, times, extensions and the algorithm are written.
Result<Crl> signed_frame(const RevocationList &list, const Authority &authority) {
    auto crl = new_list();
    std::array<unsigned char, 8> number{};
    for (std::size_t i = 0; i < number.size(); ++i)
        number[i] = static_cast<unsigned char>(list.number >> (8 * (number.size() - 1 - i)));
    const auto first = std::find_if(number.begin(), number.end() - 1, [](unsigned char c) { return c != 0; });
    Steps steps;
    steps.step(gnutls_x509_crl_set_version, crl.get(), 2u)
        .step(gnutls_x509_crl_set_this_update, crl.get(), to_seconds(list.this_update))
        .step(gnutls_x509_crl_set_next_update, crl.get(), to_seconds(list.next_update))
        .step(gnutls_x509_crl_set_number, crl.get(), static_cast<const void *>(&*first),
              static_cast<std::size_t>(number.end() - first));
    std::array<unsigned char, 128> identifier{};
    std::size_t size = identifier.size();
    if (gnutls_x509_crt_get_subject_key_id(authority.certificate.get(), identifier.data(), &size, nullptr) >=
        0)
        steps.step(gnutls_x509_crl_set_authority_key_id, crl.get(), identifier.data(), size);
    if (auto status = steps.status(); !status)
        return std::move(status).error();
    const int code = gnutls_x509_crl_privkey_sign(crl.get(), authority.certificate.get(), authority.key.get(),
                                                  digest_for(authority.key.get()), 0);
    if (code < 0)
        return signing_failed(code);
    return crl;
}

Result<std::vector<std::byte>> signed_list(const RevocationList &list, const Authority &authority) {
    const auto frame_list = signed_frame(list, authority);
    if (!frame_list)
        return frame_list.error();
    Datum der;
    if (const int code = gnutls_x509_crl_export2(frame_list->get(), GNUTLS_X509_FMT_DER, der.out()); code < 0)
        return signing_failed(code);
    const auto frame = take_revocation_frame(std::as_const(der).bytes());
    if (!frame)
        return signing_failed(GNUTLS_E_ASN1_DER_ERROR);
    const auto part = write_revocations(*frame, list.revoked);
    if (!part)
        return Error{Stage::input, "revocation-invalid", "a serial number to be revoked is none"}.advise(
            "give it in hexadecimal, as tlsctl cert show prints it");
    const int algorithm = gnutls_x509_crl_get_signature_algorithm(frame_list->get());
    const gnutls_datum_t octets = borrow(*part);
    Datum signature;
    const int code =
        algorithm < 0
            ? algorithm
            : gnutls_privkey_sign_data2(authority.key.get(), static_cast<gnutls_sign_algorithm_t>(algorithm),
                                        0, &octets, signature.out());
    if (code < 0)
        return signing_failed(code);
    return write_revocation_list(*part, frame->algorithm, std::as_const(signature).bytes());
}

} // namespace

std::string to_string(RevocationReason reason) {
    for (const auto &[known, word] : reasons)
        if (known == reason)
            return word;
    return "reason-" + std::to_string(static_cast<unsigned>(reason));
}

std::optional<RevocationReason> revocation_reason(std::string_view word) {
    for (const auto &[reason, known] : reasons)
        if (known == word)
            return reason;
    return std::nullopt;
}

const Revocation *RevocationList::find(std::string_view serial) const {
    const auto found = std::find_if(revoked.begin(), revoked.end(), [&](const Revocation &each) {
        return without_zeros(each.serial) == without_zeros(serial);
    });
    return found == revoked.end() ? nullptr : &*found;
}

std::optional<std::string> parse_serial(std::string_view text) {
    std::string digits;
    for (const char c : lower_case(text))
        if (c != ':')
            digits += c;
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    // One more octet, which only keeps the number positive.
    if (digits.empty() || digits.size() > 42 || digits.size() % 2 != 0 ||
        !std::all_of(digits.begin(), digits.end(), is_digit))
        return std::nullopt;
    return digits;
}

Result<RevocationList> read_revocation_list(std::string_view pem, std::string_view origin,
                                            const CertificateInfo &ca) {
    const auto crl = new_list();
    const gnutls_datum_t datum = borrow(as_bytes(pem));
    if (const int code = gnutls_x509_crl_import(crl.get(), &datum, GNUTLS_X509_FMT_PEM); code < 0)
        return unreadable(origin, gnutls_strerror(code));
    if (auto own = check_signature(crl.get(), ca, origin); !own)
        return std::move(own).error();
    auto number = read_number(crl.get(), origin);
    if (!number)
        return std::move(number).error();
    Datum der;
    if (const int code = gnutls_x509_crl_export2(crl.get(), GNUTLS_X509_FMT_DER, der.out()); code < 0)
        return unreadable(origin, gnutls_strerror(code));
    const auto frame = take_revocation_frame(std::as_const(der).bytes());
    auto revoked = frame ? read_revocations(frame->entries) : std::nullopt;
    const std::time_t next = gnutls_x509_crl_get_next_update(crl.get());
    if (!revoked || next < 0)
        return unreadable(origin, "it has not the form of RFC 5280");
    return RevocationList{*number, from_seconds(gnutls_x509_crl_get_this_update(crl.get())),
                          from_seconds(next), std::move(*revoked)};
}

Result<std::string> sign_revocation_list(const RevocationList &list, std::string_view ca_certificate_pem,
                                         const Secret &ca_key_pem) {
    auto authority = load_authority(ca_certificate_pem, ca_key_pem);
    if (!authority)
        return std::move(authority).error();
    const CertificateInfo &ca = authority->chain.front();
    const auto &usages = ca.key_usages;
    if (!usages.empty() && std::find(usages.begin(), usages.end(), "cRLSign") == usages.end())
        return Error{Stage::input, "crl-sign-not-permitted", "this CA may not sign revocation lists"}
            .with("subject", ca.subject)
            .with("key usage", join(usages, " "))
            .advise("have its certificate made anew with the key usage cRLSign");
    auto der = signed_list(list, *authority);
    if (!der)
        return std::move(der).error();
    const gnutls_datum_t octets = borrow(*der);
    Datum pem;
    if (const int code = gnutls_pem_base64_encode2("X509 CRL", &octets, pem.out()); code < 0)
        return signing_failed(code);
    std::string text(pem.text());
    auto again = read_revocation_list(text, "the new list", ca);
    if (!again)
        return std::move(again).error();
    return text;
}

} // namespace rpctls::tls
