// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/session_state.hpp"

#include "rpc/base/text.hpp"

#include <algorithm>

namespace rpctls::tls {

void RecordFraming::add(std::span<const std::byte> octets) {
    total_ += octets.size();
    constexpr std::byte alert{21}, handshake{22}, major{3};
    if (first_size_ < first_.size()) {
        const auto taken = octets.first(std::min(octets.size(), first_.size() - first_size_));
        std::ranges::copy(taken, first_.begin() + static_cast<std::ptrdiff_t>(first_size_));
        first_size_ += taken.size();
        looks_like_tls_ = first_size_ == 0 || ((first_[0] == handshake || first_[0] == alert) &&
                                               (first_size_ < 2 || first_[1] == major));
    }
    while (!octets.empty()) {
        if (payload_left_ > 0) {
            const std::size_t taken = std::min(payload_left_, octets.size());
            payload_left_ -= taken;
            octets = octets.subspan(taken);
            continue;
        }
        const std::size_t taken = std::min(header_.size() - header_size_, octets.size());
        std::ranges::copy(octets.first(taken), header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
        header_size_ += taken;
        octets = octets.subspan(taken);
        if (header_size_ == header_.size()) {
            payload_left_ =
                std::to_integer<std::size_t>(header_[3]) << 8 | std::to_integer<std::size_t>(header_[4]);
            header_size_ = 0;
        }
    }
}

Situation SessionState::situation() const {
    return {.is_client = is_client,
            .peer = who,
            .handshake_done = handshake_done,
            .heard_hello = heard_hello,
            .certificate_requested = facts.certificate_requested,
            .certificate_sent = facts.certificate_sent,
            .heard_data = heard_data,
            .protocol = protocol,
            .with_psk = psk && psk->key};
}

void SessionState::rethrow() {
    if (thrown)
        std::rethrow_exception(std::exchange(thrown, nullptr));
}

Error SessionState::fail(int code) {
    const Situation now = situation();
    if (heard_hello && !handshake_done)
        fill_in_facts(); // a probe shows how far it came
    const auto tell_peer = [&](gnutls_alert_description_t alert) {
        (void)gnutls_alert_send(handle.get(), GNUTLS_AL_FATAL, alert);
    };
    if (refusal) {
        tell_peer(refusal->alert);
        failure = refusal->error;
    } else if (!incoming.looks_like_tls()) {
        failure = diagnose_no_tls(hex(incoming.first_octets()), now);
    } else if (code == GNUTLS_E_FATAL_ALERT_RECEIVED || code == GNUTLS_E_WARNING_ALERT_RECEIVED) {
        failure = diagnose_alert(gnutls_alert_get(handle.get()), now);
    } else if (transport_errno != 0) {
        failure = diagnose_transport(transport_errno, now);
    } else if (ended) {
        failure = diagnose_end(now);
    } else {
        int level = 0;
        const int alert = gnutls_error_to_alert(code, &level);
        tell_peer(alert < 0 ? GNUTLS_A_INTERNAL_ERROR : static_cast<gnutls_alert_description_t>(alert));
        failure = diagnose_code(code, now);
    }
    return *failure;
}

void SessionState::fill_in_facts() {
    // RFC 8446 writes these names in lower case, with an underscore where GnuTLS has a hyphen.
    const auto iana = [](const char *name) {
        std::string text = lower_case(name == nullptr ? "" : name);
        std::ranges::replace(text, '-', '_');
        return text;
    };
    gnutls_session_t session = handle.get();
    if (gnutls_protocol_get_version(session) == GNUTLS_TLS1_3)
        facts.version = "TLS 1.3";
    switch (gnutls_cipher_get(session)) {
    case GNUTLS_CIPHER_AES_128_GCM:
        facts.cipher = "TLS_AES_128_GCM_SHA256";
        break;
    case GNUTLS_CIPHER_AES_256_GCM:
        facts.cipher = "TLS_AES_256_GCM_SHA384";
        break;
    case GNUTLS_CIPHER_CHACHA20_POLY1305:
        facts.cipher = "TLS_CHACHA20_POLY1305_SHA256";
        break;
    default:
        break; // nothing agreed yet; at the end of a handshake, finish() refuses it
    }
    const gnutls_group_t group = gnutls_group_get(session);
    facts.group = group == GNUTLS_GROUP_INVALID ? "" : lower_case(gnutls_group_get_name(group));
    facts.signature =
        iana(gnutls_sign_get_name(static_cast<gnutls_sign_algorithm_t>(gnutls_sign_algorithm_get(session))));
}

} // namespace rpctls::tls
