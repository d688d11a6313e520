// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/clnt.h"
#include "tests/unit/client/preflight_fixture.hpp"

#include <sys/stat.h>

#include <atomic>
#include <cstdarg>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace rpctls::test {

inline constexpr std::uint32_t test_program = 0x20000099;
inline constexpr std::uint32_t test_version = 3;

constexpr std::string_view offered = "00000001 00000000 00000000 00000008 53544152 54544c53 00000000";
constexpr std::string_view no_token = "00000001 00000000 00000000 00000000 00000000";
/// What libtirpc 1.3.3, which knows no TLS, answers.
constexpr std::string_view denied = "00000001 00000001 00000001 00000002";
constexpr std::string_view success = "00000001 00000000 00000000 00000000 00000000";

/// What programs in C name by path.
struct Files {
    TemporaryDirectory directory;
    std::string ca = write("ca.pem", authority().ca.certificate);
    std::string certificate = write("client.pem", authority().client.certificate);
    std::string key = write("client.key", authority().client.key);

    std::string write(const std::string &name, const std::string &text) const {
        const auto path = directory / name;
        std::ofstream(path) << text;
        ::chmod(path.c_str(), 0600);
        return path.string();
    }
};

inline const Files &files() {
    static const Files made;
    return made;
}

struct ParamsDeleter {
    void operator()(rpctls_params *params) const { rpctls_params_free(params); }
};
using Params = std::unique_ptr<rpctls_params, ParamsDeleter>;

inline Params params_for(std::uint16_t port, enum rpctls_policy policy = RPCTLS_POLICY_TLS) {
    Params params(rpctls_params_new());
    rpctls_params_set_truststore(params.get(), files().ca.c_str());
    rpctls_params_set_port(params.get(), port);
    rpctls_params_set_policy(params.get(), policy);
    rpctls_params_set_timeout(params.get(), 3000);
    if (policy == RPCTLS_POLICY_MTLS)
        rpctls_params_set_identity_files(params.get(), files().certificate.c_str(), files().key.c_str());
    return params;
}

struct ClientDeleter {
    void operator()(CLIENT *client) const { clnt_destroy(client); }
};
using Client = std::unique_ptr<CLIENT, ClientDeleter>;

inline Client create(const rpctls_params *params) {
    return Client(::clnt_tls_create("127.0.0.1", test_program, test_version, params));
}

/// "ok", or the creation's cf_stat and the error's name.
inline std::string created(const Client &client) {
    if (client)
        return "ok";
    const rpctls_error *error = rpctls_last_error();
    return std::to_string(rpc_createerr.cf_stat) + " " +
           (error != nullptr ? rpctls_error_name(error) : "none");
}

inline std::string auth_error(std::string_view name) {
    return std::to_string(RPC_AUTHERROR) + " " + std::string(name);
}

inline xdrproc_t routine(bool_t (*function)(XDR *, std::string *)) {
    return reinterpret_cast<xdrproc_t>(reinterpret_cast<void (*)()>(function));
}
inline xdrproc_t no_arguments() {
    return reinterpret_cast<xdrproc_t>(reinterpret_cast<void (*)()>(::xdr_void));
}

/// opaque<> in a std::string, with the very type of a routine: who calls through another one is told off by UBSan.
inline bool_t xdr_text(XDR *xdr, ...) {
    va_list arguments;
    va_start(arguments, xdr);
    auto *text = va_arg(arguments, std::string *);
    va_end(arguments);
    auto size = static_cast<u_int>(text->size());
    if (!::xdr_u_int(xdr, &size))
        return FALSE;
    if (xdr->x_op == XDR_DECODE)
        text->resize(size);
    return ::xdr_opaque(xdr, text->data(), size);
}

inline timeval milliseconds(long count) {
    return {count / 1000, count % 1000 * 1000};
}

inline clnt_stat call_null(const Client &client, long timeout = 2000) {
    return clnt_call(client.get(), NULLPROC, no_arguments(), nullptr, no_arguments(), nullptr,
                     milliseconds(timeout));
}

inline std::string echo(const Client &client, std::string text, long timeout = 5000) {
    std::string answer;
    const clnt_stat stat =
        clnt_call(client.get(), 1, xdr_text, &text, xdr_text, &answer, milliseconds(timeout));
    return stat == RPC_SUCCESS ? answer : std::string("failed: ") + clnt_sperrno(stat);
}

inline std::uint32_t word(std::span<const std::byte> octets, std::size_t index) {
    std::uint32_t number = 0;
    std::memcpy(&number, octets.data() + 4 * index, 4);
    return ntohl(number);
}

/// A whole record of one fragment with its mark, empty at the end.
inline std::vector<std::byte> read_record(TlsPeer &peer) {
    auto record = peer.read(4);
    if (record.size() != 4)
        return {};
    const auto rest = peer.read(word(record, 0) & 0x7fffffff);
    record.insert(record.end(), rest.begin(), rest.end());
    return record;
}

inline void write_all(TlsPeer &peer, int fd, std::span<const std::byte> octets) {
    while (!octets.empty()) {
        const auto sent = peer.session().send(octets);
        if (!sent)
            return;
        if (*sent)
            octets = octets.subspan(**sent);
        else
            client::wait_writable(fd, Deadline::after(std::chrono::seconds(5)));
    }
}

/// Answers each call of AUTH_NONE with its own arguments as results, until the client goes.
inline void serve_echo(TlsPeer &peer, int fd) {
    constexpr std::size_t header = 44;
    for (auto call = read_record(peer); call.size() >= header; call = read_record(peer)) {
        auto rest = octets(success);
        rest.insert(rest.end(), call.begin() + header, call.end());
        write_all(peer, fd, answer_to(call, rest));
    }
}

/// A server that offers TLS and goes on with `then` when the handshake is done; counts connections.
class TlsServer {
public:
    using Then = std::function<void(TlsPeer &peer, int fd)>;
    explicit TlsServer(Then then, tls::ServerParameters parameters = authority().serving())
        : peer_([this, then = std::move(then), parameters = std::move(parameters)](int fd) {
              ++connections_;
              TlsPeer::offer(fd);
              TlsPeer peer(fd, parameters);
              if (peer.shake_hands())
                  then(peer, fd);
          }) {}
    std::uint16_t port() const { return peer_.port(); }
    int connections() const { return connections_; }

private:
    std::atomic<int> connections_{0};
    ScriptedPeer peer_;
};

/// What a server in clear saw: for each connection all octets of the client.
class Witness {
public:
    void saw(const std::vector<std::byte> &octets) {
        const std::lock_guard lock(mutex_);
        seen_.push_back(octets);
    }
    std::vector<std::vector<std::byte>> seen() const {
        const std::lock_guard lock(mutex_);
        return seen_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::vector<std::byte>> seen_;
};

} // namespace rpctls::test
