// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/ktls_ciphers.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/tls/engine/key_schedule.hpp"
#include "rpc/tls/ktls.hpp"
#include "rpc/tls/ktls_crypto.hpp"

#include <linux/tls.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace rpctls::tls {

namespace {

Error untried() {
    return system_error(Stage::kernel, "ktls-untried",
                        "cannot connect to this machine itself to try the kernel's ciphers", errno)
        .advise("ip link set lo up");
}

/// Both ends of a connection of this machine with itself. Connecting needs no accept: the kernel answers.
struct Loop {
    Fd listener;
    Fd connection;
};

Result<Loop> connect_to_self() {
    Loop loop{Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
              Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))};
    if (!loop.listener.is_open() || !loop.connection.is_open())
        return untried();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    socklen_t size = sizeof address;
    if (::bind(loop.listener.get(), generic, size) != 0 || ::listen(loop.listener.get(), 1) != 0 ||
        ::getsockname(loop.listener.get(), generic, &size) != 0)
        return untried();
    if (::connect(loop.connection.get(), generic, size) != 0) {
        pollfd ready{loop.connection.get(), POLLOUT, 0};
        int failure = errno;
        socklen_t length = sizeof failure;
        if (failure != EINPROGRESS || ::poll(&ready, 1, 500) != 1 ||
            ::getsockopt(loop.connection.get(), SOL_SOCKET, SO_ERROR, &failure, &length) != 0 || failure != 0)
            return untried();
    }
    return loop;
}

} // namespace

std::string_view to_string(KtlsCipher cipher) {
    switch (cipher) {
    case KtlsCipher::aes_128_gcm:
        return "AES-128-GCM";
    case KtlsCipher::aes_256_gcm:
        return "AES-256-GCM";
    case KtlsCipher::chacha20_poly1305:
        break;
    }
    return "CHACHA20-POLY1305";
}

Result<std::vector<KtlsCipher>> kernel_ciphers() {
    std::vector<KtlsCipher> taken;
    for (const auto cipher :
         {KtlsCipher::aes_128_gcm, KtlsCipher::aes_256_gcm, KtlsCipher::chacha20_poly1305}) {
        auto loop = connect_to_self(); // a socket takes the first key of its life only
        if (!loop)
            return std::move(loop).error();
        if (auto attached = attach_ktls(loop->connection.get()); !attached)
            return std::move(attached).error();
        const auto info = kernel_crypto_info({cipher, Secret(key_size(cipher))});
        if (!info)
            return info.error();
        if (::setsockopt(loop->connection.get(), SOL_TLS, TLS_TX, info->bytes().data(),
                         static_cast<socklen_t>(info->size())) == 0)
            taken.push_back(cipher);
    }
    return taken;
}

} // namespace rpctls::tls
