// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/handshake.hpp"
#include "agent/snapshot.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/issuer.hpp"
#include "rpc/tls/session.hpp"
#include "rpc/tls/transport.hpp"
#include "tests/unit/temporary_directory.hpp"

#include <sys/socket.h>

#include <stdexcept>
#include <string>

namespace rpctls::test {

inline void must(const Status &status) {
    if (!status)
        throw std::runtime_error(summary(status.error()));
}

/// A host's files: a CA, a server's and a client's certificate, and a settings file that names them all.
class Host {
public:
    Host() {
        tls::CaRequest request;
        request.common_name = "test CA";
        request.lifetime = std::chrono::hours(24);
        auto ca = tls::make_ca(request);
        must(ca ? Status() : Status(ca.error()));
        write("ca.pem", as_bytes(ca->certificate_pem));
        issue(*ca, "server", tls::Profile::server);
        issue(*ca, "client", tls::Profile::client);
        configure(true);
    }

    std::filesystem::path file(const std::string &name) const { return folder_ / name; }
    void write(const std::string &name, std::span<const std::byte> octets) const {
        must(write_file(file(name), octets, 0600));
    }

    void configure(bool with_client) const {
        const auto path = [&](const char *name) { return file(name).string(); };
        std::string text = "[authenticate.client]\nx509.truststore=" + path("ca.pem") + "\n";
        if (with_client)
            text +=
                "x509.certificate=" + path("client.pem") + "\nx509.private_key=" + path("client.key") + "\n";
        text += "[authenticate.server]\nx509.truststore=" + path("ca.pem") +
                "\nx509.certificate=" + path("server.pem") + "\nx509.private_key=" + path("server.key") +
                "\n";
        write("rpctls.conf", as_bytes(text));
    }

    std::shared_ptr<const agent::Snapshot> snapshot() const {
        auto loaded = agent::Snapshot::load(file("rpctls.conf"), folder_.path());
        must(loaded ? Status() : Status(loaded.error()));
        for (const Error &fault : (*loaded)->faults())
            throw std::runtime_error(summary(fault));
        return *loaded;
    }

private:
    void issue(const tls::IssuedPair &ca, const std::string &name, tls::Profile profile) const {
        tls::LeafRequest request;
        request.common_name = name;
        request.profile = profile;
        request.dns_names = {name + ".example"};
        request.not_before = std::chrono::system_clock::now() - std::chrono::hours(1);
        request.not_after = request.not_before + std::chrono::hours(12);
        auto pair = tls::issue(request, ca.certificate_pem, ca.private_key_pem);
        must(pair ? Status() : Status(pair.error()));
        write(name + ".pem", as_bytes(pair->certificate_pem));
        write(name + ".key", pair->private_key_pem.bytes());
    }

    TemporaryDirectory folder_;
};

/// What a worker lends to a handshake, on a loop that the test turns.
struct Workshop {
    agent::asio::io_context context;
    std::size_t server_threads = 0;
    agent::SilentPeers silent_peers{[this] { return server_threads; },
                                    [](const std::string &) { return false; }};
    agent::PrimeKtls prime = [](int, const tls::Session &) -> Status { return {}; };
    agent::Workplace place{context, prime, silent_peers,
                           [this](const std::string &, std::function<void()> step) {
                               agent::asio::post(context, std::move(step));
                           }};
};

/// A connected pair: ours goes to the agent, the peer's stays with the test.
struct Sockets {
    Sockets() {
        int both[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) != 0)
            throw std::runtime_error("socketpair");
        ours = Fd(both[0]);
        peer = Fd(both[1]);
    }
    Fd ours;
    Fd peer;
};

inline tls::Session client_session(const std::shared_ptr<const tls::Credentials> &credentials,
                                   tls::Transport &transport, bool present_identity = false) {
    tls::ClientParameters parameters;
    parameters.credentials = credentials;
    parameters.server_name = "server.example";
    parameters.present_identity = present_identity;
    auto session = tls::Session::client(std::move(parameters), transport);
    must(session ? Status() : Status(session.error()));
    return std::move(*session);
}

inline tls::Session server_session(const std::shared_ptr<const tls::Credentials> &credentials,
                                   tls::Transport &transport) {
    tls::ServerParameters parameters;
    parameters.credentials = credentials;
    auto session = tls::Session::server(std::move(parameters), transport);
    must(session ? Status() : Status(session.error()));
    return std::move(*session);
}

} // namespace rpctls::test
