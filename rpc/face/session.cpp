// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/face/session.hpp"

#include "rpc/base/text.hpp"
#include "rpctls/rpctls.h"

using namespace rpctls;

namespace {

void make_printable(std::vector<std::string> &texts) {
    for (std::string &text : texts)
        text = printable(text);
}

const char *text_at(const std::vector<std::string> &texts, size_t index) {
    return index < texts.size() ? texts[index].c_str() : nullptr;
}

const unsigned char *octets_of(const std::vector<std::byte> &octets, size_t *size) {
    *size = octets.size();
    return reinterpret_cast<const unsigned char *>(octets.data());
}

} // namespace

namespace rpctls::face {

std::unique_ptr<rpctls_session> make_session(tls::SessionFacts facts,
                                             std::span<const std::byte> channel_binding, bool in_kernel) {
    auto session = std::make_unique<rpctls_session>();
    session->alpn = printable(facts.alpn.value_or(""));
    session->psk_identity = printable(facts.psk_identity.value_or(""));
    if (!facts.peer_chain.empty()) {
        session->peer = facts.peer_chain.front();
        session->peer.subject = printable(session->peer.subject);
        session->peer.issuer = printable(session->peer.issuer);
        for (auto *names : {&session->peer.dns_names, &session->peer.ip_addresses, &session->peer.uris})
            make_printable(*names);
    }
    session->facts = std::move(facts);
    session->channel_binding.assign(channel_binding.begin(), channel_binding.end());
    session->in_kernel = in_kernel;
    return session;
}

} // namespace rpctls::face

void rpctls_session_free(rpctls_session *session) {
    const std::unique_ptr<rpctls_session> owner(session);
}

const char *rpctls_session_tls_version(const rpctls_session *session) {
    return session->facts.version.c_str();
}

const char *rpctls_session_cipher(const rpctls_session *session) {
    return session->facts.cipher.c_str();
}

const char *rpctls_session_group(const rpctls_session *session) {
    return session->facts.group.c_str();
}

const char *rpctls_session_alpn(const rpctls_session *session) {
    return session->facts.alpn ? session->alpn.c_str() : nullptr;
}

int rpctls_session_peer_verified(const rpctls_session *session) {
    return session->facts.peer_authenticated;
}

int rpctls_session_certificate_sent(const rpctls_session *session) {
    return session->facts.certificate_sent;
}

int rpctls_session_resumed(const rpctls_session *session) {
    return session->facts.resumed;
}

const char *rpctls_session_psk_identity(const rpctls_session *session) {
    return session->facts.psk_identity ? session->psk_identity.c_str() : nullptr;
}

const char *rpctls_session_requested_name(const rpctls_session *session) {
    return session->facts.requested_name ? session->facts.requested_name->c_str() : nullptr;
}

int rpctls_session_in_kernel(const rpctls_session *session) {
    return session->in_kernel;
}

const char *rpctls_session_peer_subject(const rpctls_session *session) {
    return session->peer.subject.c_str();
}

const char *rpctls_session_peer_issuer(const rpctls_session *session) {
    return session->peer.issuer.c_str();
}

const char *rpctls_session_peer_serial(const rpctls_session *session) {
    return session->peer.serial.c_str();
}

const char *rpctls_session_peer_spki(const rpctls_session *session) {
    return session->peer.spki_pin.c_str();
}

const char *rpctls_session_peer_dns_name(const rpctls_session *session, size_t index) {
    return text_at(session->peer.dns_names, index);
}

const char *rpctls_session_peer_ip_address(const rpctls_session *session, size_t index) {
    return text_at(session->peer.ip_addresses, index);
}

const char *rpctls_session_peer_uri(const rpctls_session *session, size_t index) {
    return text_at(session->peer.uris, index);
}

const char *rpctls_session_peer_tag(const rpctls_session *session, size_t index) {
    return text_at(session->facts.tags, index);
}

const unsigned char *rpctls_session_peer_certificate(const rpctls_session *session, size_t index,
                                                     size_t *size) {
    const auto &chain = session->facts.peer_chain;
    *size = 0;
    return index < chain.size() ? octets_of(chain[index].der, size) : nullptr;
}

const unsigned char *rpctls_session_channel_binding(const rpctls_session *session, size_t *size) {
    return octets_of(session->channel_binding, size);
}
