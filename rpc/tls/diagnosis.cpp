// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/diagnosis.hpp"

#include "rpc/base/text.hpp"

#include <gnutls/gnutls.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace rpctls::tls {

namespace {

/// RFC 8446's names: GnuTLS' own are sentences and change.
struct AlertRow {
    unsigned number;
    const char *name;
    const char *hint; ///< when the peer says this of us; empty where its own log is the best advice
};
constexpr AlertRow alerts[] = {
    {10, "unexpected_message", ""},
    {20, "bad_record_mac", ""},
    {22, "record_overflow", ""},
    {40, "handshake_failure", ""},
    {42, "bad_certificate", "check this side's certificate: its names, dates and key usage"},
    {43, "unsupported_certificate", "use a certificate of a kind the peer takes"},
    {44, "certificate_revoked", "this side's certificate is revoked: issue a new one"},
    {45, "certificate_expired", "renew this side's certificate, or check the peer's clock"},
    {46, "certificate_unknown", "see the peer's log for what it misses in this side's certificate"},
    {47, "illegal_parameter", ""},
    {48, "unknown_ca", "have the peer trust the CA that issued this side's certificate"},
    {49, "access_denied",
     "the peer does not let this certificate in: see whether it trusts the CA that issued it, and its log"},
    {50, "decode_error", ""},
    {51, "decrypt_error", ""},
    {70, "protocol_version", ""},
    {71, "insufficient_security", ""},
    {80, "internal_error", ""},
    {86, "inappropriate_fallback", ""},
    {90, "user_canceled", ""},
    {109, "missing_extension", ""},
    {110, "unsupported_extension", ""},
    {112, "unrecognized_name",
     "the server does not know itself by this name: use the one its certificate has"},
    {113, "bad_certificate_status_response", ""},
    {115, "unknown_psk_identity", "have the peer's administrator add this pre-shared key"},
    {116, "certificate_required", ""},
    {120, "no_application_protocol", ""},
};

const AlertRow *find_alert(unsigned number) {
    const auto row = std::ranges::find(alerts, number, &AlertRow::number);
    return row == std::end(alerts) ? nullptr : &*row;
}

Error handshake_error(std::string name, std::string what) {
    return Error{Stage::handshake, std::move(name), std::move(what)};
}

Error required(const Situation &situation) {
    return handshake_error("client-certificate-required", situation.peer + " wants a client certificate")
        .with("sent", "none")
        .advise("give this client an identity (tlsctl identity add) and use it: xprtsec=mtls");
}

Error refused(const Situation &situation) {
    return handshake_error("client-certificate-refused",
                           situation.peer + " does not accept the client certificate");
}

bool is_about_certificate(unsigned alert) {
    return (alert >= 42 && alert <= 49 && alert != 47) || alert == 116;
}

/// A server that does not know the key has an alert for it; one whose secret is another finds the proof (the binder)
/// wrong, and what it then says differs between libraries. Only before its hello can either be meant.
Error psk_refused(const std::string &alert, const Situation &situation) {
    return handshake_error("psk-identity-refused", situation.peer + " does not have the pre-shared key")
        .with("alert", alert)
        .advise("have the server's administrator add this pre-shared key");
}

Error psk_mismatch(const Situation &situation) {
    return handshake_error("psk-mismatch", "the pre-shared keys of " + situation.peer +
                                               " and of this side have the same identity and differ")
        .advise("give both ends the same key: insert it anew where it was changed last");
}

bool is_about_binder(unsigned alert) {
    return alert == GNUTLS_A_ILLEGAL_PARAMETER || alert == GNUTLS_A_DECRYPT_ERROR;
}

Error tls_version(const Situation &situation) {
    return handshake_error("tls-version", "no common TLS version with " + situation.peer)
        .with("expected", "TLS 1.3")
        .advise("RPC over TLS needs TLS 1.3 (RFC 9289): update the TLS library of " + situation.peer);
}

Error no_cipher(const Situation &situation) {
    return handshake_error("no-common-cipher",
                           "no common cipher suite, group or signature with " + situation.peer)
        .with("offered", "AES-256-GCM, AES-128-GCM, ChaCha20-Poly1305; x25519, secp256r1, secp384r1")
        .advise("check that the peer has TLS 1.3 (older servers answer like this), the crypto policy of both "
                "machines, and "
                "the kind of key in the server's certificate");
}

Error alpn_mismatch(const Situation &situation) {
    return handshake_error("alpn-mismatch", "no common application protocol (ALPN) with " + situation.peer)
        .with("expected", printable(situation.protocol))
        .advise("this port serves something else, or the peer's ALPN setting is wrong");
}

} // namespace

Error diagnose_alert(unsigned alert, const Situation &situation) {
    const AlertRow *row = find_alert(alert);
    const std::string name = row != nullptr ? row->name : "number " + std::to_string(alert);
    const std::string hint =
        row != nullptr && *row->hint != '\0' ? row->hint : "see the log of " + situation.peer;
    const bool own_certificate = situation.is_client && situation.certificate_requested;
    if (alert == GNUTLS_A_CLOSE_NOTIFY)
        return diagnose_end(situation).with("alert", "close_notify");
    // A server may word "no certificate" as handshake_failure, as TLS 1.2 did; with one sent, that says
    // nothing.
    if (own_certificate && !situation.certificate_sent &&
        (is_about_certificate(alert) || alert == GNUTLS_A_HANDSHAKE_FAILURE))
        return required(situation).with("alert", name);
    if (own_certificate && situation.certificate_sent && is_about_certificate(alert))
        return refused(situation).with("alert", name).advise(hint);
    if (situation.with_psk && situation.is_client && !situation.heard_hello) {
        if (alert == GNUTLS_A_UNKNOWN_PSK_IDENTITY)
            return psk_refused(name, situation);
        if (is_about_binder(alert))
            return psk_mismatch(situation).with("alert", name);
    }
    if (alert == GNUTLS_A_PROTOCOL_VERSION)
        return tls_version(situation).with("alert", name);
    if (alert == GNUTLS_A_NO_APPLICATION_PROTOCOL)
        return alpn_mismatch(situation).with("alert", name);
    if (alert == GNUTLS_A_INSUFFICIENT_SECURITY ||
        (alert == GNUTLS_A_HANDSHAKE_FAILURE && situation.is_client && !situation.heard_hello))
        return no_cipher(situation).with("alert", name);
    return handshake_error("peer-alert", situation.peer + " ended the session with a TLS alert")
        .with("alert", name)
        .advise(hint);
}

Error diagnose_end(const Situation &situation) {
    if (!situation.handshake_done)
        return handshake_error("handshake-closed",
                               situation.peer + " closed the connection during the TLS handshake")
            .advise("see the log of " + situation.peer + "; its TLS agent may not be running");
    // Seen: servers that dislike the certificate close without an alert once the client believes it is done.
    if (situation.is_client && situation.certificate_sent && !situation.heard_data)
        return refused(situation)
            .with("seen", "connection closed right after the certificate was sent")
            .advise("see the log of " + situation.peer +
                    "; most often it does not trust the CA of the certificate");
    return Error{Stage::rpc, "session-truncated",
                 situation.peer + " closed the connection without ending the TLS session"}
        .advise("data may be missing; see the log of " + situation.peer);
}

Error diagnose_transport(int number, const Situation &situation) {
    if (number != ECONNRESET && number != EPIPE)
        return system_error(situation.handshake_done ? Stage::rpc : Stage::handshake,
                            situation.handshake_done ? "session-failed" : "handshake-failed",
                            "the connection with " + situation.peer + " failed", number);
    if (!situation.handshake_done)
        return handshake_error("handshake-reset",
                               situation.peer + " reset the connection during the TLS handshake")
            .with_errno(number)
            .advise("see the log of " + situation.peer + "; its TLS agent may not be running");
    if (situation.is_client && situation.certificate_sent && !situation.heard_data)
        return refused(situation)
            .with("seen", "connection reset right after the certificate was sent")
            .with_errno(number)
            .advise("see the log of " + situation.peer +
                    "; most often it does not trust the CA of the certificate");
    return Error{Stage::rpc, "session-reset", situation.peer + " reset the connection"}
        .with_errno(number)
        .advise("see the log of " + situation.peer);
}

Error diagnose_no_tls(std::string octets_in_hex, const Situation &situation) {
    return handshake_error("not-tls", "what " + situation.peer + " sent is no TLS")
        .with("received", std::move(octets_in_hex))
        .advise(situation.is_client ? "the server goes on in clear: its TLS agent may not be running, or "
                                      "something rewrites the stream"
                                    : "the client spoke in clear after the STARTTLS reply");
}

Error diagnose_code(int code, const Situation &situation) {
    const std::string reason = gnutls_strerror(code);
    const auto verify = [&](std::string name, std::string what) -> Error {
        return Error{Stage::verify, std::move(name), std::move(what)}.with("reason", reason);
    };
    if (situation.with_psk && !situation.is_client && !situation.handshake_done &&
        code == GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER)
        return psk_mismatch(situation);
    switch (code) {
    case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
        return tls_version(situation);
    case GNUTLS_E_NO_CIPHER_SUITES:
    case GNUTLS_E_NO_COMMON_KEY_SHARE:
    case GNUTLS_E_INSUFFICIENT_SECURITY:
    case GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM:
    case GNUTLS_E_UNWANTED_ALGORITHM:
    case GNUTLS_E_UNKNOWN_CIPHER_SUITE:
        return no_cipher(situation).with("reason", reason);
    case GNUTLS_E_NO_APPLICATION_PROTOCOL:
        return alpn_mismatch(situation);
    case GNUTLS_E_CERTIFICATE_REQUIRED:
    case GNUTLS_E_NO_CERTIFICATE_FOUND:
        return verify("certificate-missing", situation.peer + " sent no certificate")
            .advise(situation.is_client ? "see the log of " + situation.peer
                                        : "the client must prove an identity here: mount with xprtsec=mtls");
    case GNUTLS_E_KEY_USAGE_VIOLATION:
        return verify("key-usage", "the certificate of " + situation.peer + " may not be used for signatures")
            .with("expected", "key usage digitalSignature")
            .advise("issue it with key usage digitalSignature");
    case GNUTLS_E_PK_SIG_VERIFY_FAILED:
        return verify("certificate-invalid",
                      situation.peer + " did not prove that it has the certificate's key")
            .advise("check that certificate and private key on " + situation.peer + " belong together");
    case GNUTLS_E_CERTIFICATE_ERROR:
    case GNUTLS_E_UNSUPPORTED_CERTIFICATE_TYPE:
    case GNUTLS_E_X509_UNSUPPORTED_CRITICAL_EXTENSION:
    case GNUTLS_E_ASN1_DER_ERROR:
    case GNUTLS_E_ASN1_TAG_ERROR:
    case GNUTLS_E_ASN1_VALUE_NOT_VALID:
        return verify("certificate-invalid", "the certificate of " + situation.peer + " cannot be used")
            .advise("issue the certificate again");
    default:
        break;
    }
    if (situation.handshake_done)
        return Error{Stage::rpc, "session-failed", "the TLS session with " + situation.peer + " failed"}.with(
            "reason", reason);
    return handshake_error("handshake-failed", "the TLS handshake with " + situation.peer + " failed")
        .with("reason", reason)
        .advise("see the log of " + situation.peer);
}

} // namespace rpctls::tls
