// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bench/gnutls_stream.hpp"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace rpctls::bench {

namespace {

constexpr std::size_t block = 1 << 20, record = 16384;

void need(int code, const char *what) {
    if (code < 0)
        throw std::runtime_error(std::string(what) + ": " + gnutls_strerror(code));
}

gnutls_session_t shake_hands(int fd, unsigned role, gnutls_certificate_credentials_t credentials) {
    gnutls_session_t session = nullptr;
    need(gnutls_init(&session, role), "gnutls_init");
    need(gnutls_priority_set_direct(
             session, "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM:%DISABLE_TLS13_COMPAT_MODE",
             nullptr),
         "priority");
    need(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials), "credentials");
    gnutls_transport_set_int(session, fd);
    int code = 0;
    do
        code = gnutls_handshake(session);
    while (code < 0 && gnutls_error_is_fatal(code) == 0);
    need(code, "handshake");
    return session;
}

/// Reads to the end, and says so by one octet.
void swallow(int fd, gnutls_certificate_credentials_t credentials) {
    gnutls_session_t session = shake_hands(fd, GNUTLS_SERVER, credentials);
    std::vector<char> room(block);
    while (gnutls_record_recv(session, room.data(), room.size()) > 0) {
    }
    (void)!::write(fd, "", 1);
}

} // namespace

double gnutls_stream(const std::string &certificate, const std::string &key,
                     std::chrono::duration<double> time) {
    using Clock = std::chrono::steady_clock;
    gnutls_certificate_credentials_t credentials = nullptr;
    need(gnutls_certificate_allocate_credentials(&credentials), "credentials");
    need(gnutls_certificate_set_x509_key_file(credentials, certificate.c_str(), key.c_str(),
                                              GNUTLS_X509_FMT_PEM),
         "certificate");
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0), fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    if (::bind(listener, generic, size) != 0 || ::listen(listener, 1) != 0 ||
        ::getsockname(listener, generic, &size) != 0 || ::connect(fd, generic, size) != 0)
        throw std::runtime_error("no loopback connection");
    const int peer = ::accept(listener, nullptr, nullptr), on = 1;
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(fd);
        swallow(peer, credentials);
        ::_exit(0);
    }
    ::close(peer);
    ::close(listener);
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    gnutls_session_t session = shake_hands(fd, GNUTLS_CLIENT, credentials);
    const std::vector<char> payload(block, 'x');
    const auto begun = Clock::now();
    double done = 0;
    for (; Clock::now() - begun < time; ++done)
        for (std::size_t at = 0; at < block; at += record)
            need(static_cast<int>(gnutls_record_send(session, payload.data() + at, record)), "send");
    gnutls_bye(session, GNUTLS_SHUT_WR);
    char last = 0;
    (void)!::read(fd, &last, 1);
    const double rate = done / std::chrono::duration<double>(Clock::now() - begun).count();
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(credentials);
    ::close(fd);
    ::waitpid(child, nullptr, 0);
    return rate;
}

} // namespace rpctls::bench
