// SPDX-License-Identifier: LGPL-2.1-or-later
// What the library's faces do where the kernel has the keys, and what no other kernel than one with TLS shows.
// scripts/svc-ktls.sh runs it.
//
// usage: lab_ktls_faces worn|resumption|keyring FOLDER      FOLDER: ca.pem, server.pem, client.pem, and their keys
//
// Prints "done", or what was not as it should be. Linked with the library's internal archive, for one thing only: to have a
// key worn after a few records instead of millions.
#include "rpc/client/clnt_handle.hpp"
#include "rpc/client/clnt_target.hpp"
#include "rpc/server/svc_connection.hpp"
#include "rpctls/clnt.h"
#include "rpctls/connection.hpp"
#include "rpctls/svc.h"
#include "rpctls/tls_hs.h"

#include <keyutils.h>
#include <netinet/in.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <future>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

using namespace rpctls;

namespace {

constexpr std::uint32_t program = 0x20000778, version = 1;

void expect(bool is_so, const std::string &what) {
    if (!is_so)
        throw std::runtime_error("not so: " + what);
}

std::string last_error() {
    const rpctls_error *error = rpctls_last_error();
    return error != nullptr ? std::string(rpctls_error_name(error)) + ": " + rpctls_error_message(error)
                            : "no error";
}

std::string error_name() {
    const rpctls_error *error = rpctls_last_error();
    return error != nullptr ? rpctls_error_name(error) : "none";
}

bool_t nothing(XDR *, ...) {
    return TRUE;
}

/// Of the server's own key, in records; 0: as many as are sound.
std::atomic<unsigned> server_limit{0};

void dispatch(svc_req *, SVCXPRT *transport) {
    if (server_limit > 0)
        server::SvcConnection::of(transport)->limit_records_of_a_key(server_limit);
    svc_sendreply(transport, nothing, nullptr);
}

Parameters parameters(const std::string &folder, const std::string &who) {
    Parameters made = make_parameters();
    rpctls_params_set_truststore(made.get(), (folder + "/ca.pem").c_str());
    rpctls_params_set_identity_files(made.get(), (folder + "/" + who + ".pem").c_str(),
                                     (folder + "/" + who + ".key").c_str());
    rpctls_params_set_policy(made.get(), RPCTLS_POLICY_MTLS);
    rpctls_params_set_ktls(made.get(), RPCTLS_KTLS_REQUIRED);
    return made;
}

/// A server of svc_tls_create() with a loop in a thread.
class Serving {
public:
    explicit Serving(const std::string &folder, std::uint32_t resumption = 0) {
        const Parameters params = parameters(folder, "server");
        rpctls_params_set_resumption(params.get(), resumption);
        rpctls_params_set_log(params.get(), take_line, this);
        listener_ = svc_tls_create("127.0.0.1", 0, params.get());
        expect(listener_ != nullptr && svc_reg(listener_, program, version, dispatch, nullptr) != 0,
               "a server starts: " + last_error());
        thread_ = std::thread([this] { svc_tls_run(listener_); });
    }
    ~Serving() {
        svc_tls_stop(listener_);
        thread_.join();
        SVC_DESTROY(listener_);
    }
    Serving(const Serving &) = delete;
    Serving &operator=(const Serving &) = delete;

    std::uint16_t port() const { return svc_tls_port(listener_); }
    std::string log() const {
        const std::scoped_lock lock(mutex_);
        return log_;
    }

private:
    static void take_line(void *self, const char *line) {
        auto &serving = *static_cast<Serving *>(self);
        const std::scoped_lock lock(serving.mutex_);
        serving.log_ += std::string(line) + "\n";
    }
    mutable std::mutex mutex_;
    std::string log_;
    SVCXPRT *listener_ = nullptr;
    std::thread thread_;
};

clnt_stat call_null(CLIENT *client) {
    return clnt_call(client, NULLPROC, nothing, nullptr, nothing, nullptr, (timeval{10, 0}));
}

// ---- The end of a session whose key is worn ----

/// A client's: the call that would be one too many is not sent, and a new handle is the way on.
void wear_out_a_client(const Serving &serving, const Parameters &params) {
    auto target = client::target_of("localhost", program, version, *params);
    expect(target.has_value(), "the parameters make sense");
    auto stream = client::connect_clnt(*target, serving.port());
    expect(stream.has_value(), "a client connects");
    expect(stream->channel() != nullptr && stream->channel()->protected_by_kernel(),
           "the kernel has the client's keys");
    stream->channel()->limit_records_of_a_key(3);
    CLIENT *client =
        (new client::ClntHandle(std::move(*stream), program, version, target->timeout))->client();
    for (int i = 0; i < 3; ++i)
        expect(call_null(client) == RPC_SUCCESS, "a call before the key is worn succeeds: " + last_error());
    const clnt_stat worn = call_null(client);
    expect(worn == RPC_CANTSEND && error_name() == "key-worn",
           "the next one is not sent, for a worn key: " + last_error());
    expect(call_null(client) == RPC_CANTSEND, "and none after it");
    clnt_destroy(client);
    client = clnt_tls_create("localhost", program, version, params.get());
    expect(client != nullptr && call_null(client) == RPC_SUCCESS,
           "a new handle has new keys: " + last_error());
    clnt_destroy(client);
    expect(serving.log().find("at fault") == std::string::npos,
           "the server saw ends in order:\n" + serving.log());
}

/// A server's: it ends the connection between two calls, and a Connection goes on with another one.
void wear_out_a_server(const Serving &serving, const Parameters &params) {
    server_limit = 3;
    auto connection = Connection::open("localhost", program, version, *params);
    expect(connection.has_value(), "a Connection is made");
    unsigned answered = 0, lost = 0;
    for (int i = 0; i < 20; ++i) {
        const auto reply = (*connection)->call(CallRequest{.procedure = NULLPROC}).get();
        ++(reply ? answered : lost);
        expect(reply || reply.error().name == "rpc-closed",
               "a call fails for nothing but the end in order: " + (reply ? "" : reply.error().name));
        expect(rpctls_session_in_kernel((*connection)->session().get()) != 0, "the kernel has its keys");
    }
    server_limit = 0;
    const auto connections = (*connection)->statistics().connections;
    expect(connections >= 3 && answered >= 12, std::to_string(answered) + " of 20 calls answered on " +
                                                   std::to_string(connections) + " connections, " +
                                                   std::to_string(lost) + " lost");
    expect(serving.log().find("at fault") == std::string::npos,
           "the server's ends were in order:\n" + serving.log());
}

void worn(const std::string &folder) {
    const Serving serving(folder);
    const Parameters params = parameters(folder, "client");
    rpctls_params_set_port(params.get(), serving.port());
    wear_out_a_client(serving, params);
    wear_out_a_server(serving, params);
}

// ---- Session resumption ----

void resumption(const std::string &folder) {
    const Serving serving(folder, 3600);
    const Parameters params = parameters(folder, "client");
    rpctls_params_set_port(params.get(), serving.port());
    rpctls_params_set_resumption(params.get(), 3600);
    for (int round = 0; round < 3; ++round) {
        CLIENT *client = clnt_tls_create("localhost", program, version, params.get());
        expect(client != nullptr, "a handle is made: " + last_error());
        const rpctls_session *session = rpctls_clnt_session(client);
        expect(rpctls_session_in_kernel(session) != 0, "the kernel has its keys");
        expect(rpctls_session_resumed(session) == (round > 0 ? 1 : 0), "all but the first are resumed");
        expect(call_null(client) == RPC_SUCCESS, "a call succeeds: " + last_error());
        clnt_destroy(client);
    }
    expect(serving.log().find("mode=mtls") != std::string::npos &&
               serving.log().find("resumed=yes records=kernel") != std::string::npos,
           "the audit lines say so:\n" + serving.log());
}

// ---- rpctls_tls_hs() ----

std::string content(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::int32_t keyring_of(const std::string &folder, const std::string &who) {
    const auto ring = ::add_key("keyring", ("tls_hs-" + who).c_str(), nullptr, 0, KEY_SPEC_PROCESS_KEYRING);
    expect(ring > 0, "the kernel makes a keyring");
    const auto add = [&](const char *name, const std::string &payload) {
        expect(::add_key("user", name, payload.data(), payload.size(), ring) > 0,
               std::string("a key is added: ") + name);
    };
    add("crt-0", content(folder + "/" + who + ".pem"));
    add("pkey", content(folder + "/" + who + ".key"));
    add("ca", content(folder + "/ca.pem"));
    return ring;
}

void connect_pair(int &client, int &server) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    expect(::bind(listener, generic, size) == 0 && ::listen(listener, 1) == 0 &&
               ::getsockname(listener, generic, &size) == 0 && ::connect(client, generic, size) == 0,
           "a connection of this machine");
    server = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    ::close(listener);
}

/// One end, in the kernel's hands.
rpctls_stream *shake(int fd, std::int32_t ring, rpctls_role role, std::string &told) {
    const Parameters params = make_parameters();
    rpctls_params_set_policy(params.get(), RPCTLS_POLICY_MTLS);
    rpctls_params_set_ktls(params.get(), RPCTLS_KTLS_REQUIRED);
    rpctls_session *session = nullptr;
    rpctls_stream *stream = rpctls_tls_hs(
        fd, ring, role, role == RPCTLS_ROLE_CLIENT ? "server.example" : nullptr, params.get(), &session);
    told = stream == nullptr ? last_error()
                             : std::string(rpctls_session_in_kernel(session) != 0 ? "kernel " : "library ") +
                                   rpctls_session_peer_subject(session);
    rpctls_session_free(session);
    return stream;
}

std::string receive(rpctls_stream *stream, std::size_t size) {
    std::string heard(size, '\0');
    for (std::size_t got = 0; got < size;) {
        const auto count = rpctls_stream_receive(stream, heard.data() + got, size - got, 10000);
        expect(count > 0, "octets arrive: " + last_error());
        got += static_cast<std::size_t>(count);
    }
    return heard;
}

void keyring(const std::string &folder) {
    const auto client_ring = keyring_of(folder, "client"), server_ring = keyring_of(folder, "server");
    int client_fd = -1, server_fd = -1;
    connect_pair(client_fd, server_fd);
    std::string client_told, server_told;
    auto serving = std::async(std::launch::async,
                              [&] { return shake(server_fd, server_ring, RPCTLS_ROLE_SERVER, server_told); });
    rpctls_stream *client = shake(client_fd, client_ring, RPCTLS_ROLE_CLIENT, client_told);
    rpctls_stream *server = serving.get();
    expect(client != nullptr && client_told.rfind("kernel CN=server", 0) == 0, "client: " + client_told);
    expect(server != nullptr && server_told.rfind("kernel CN=client", 0) == 0, "server: " + server_told);

    // By the stream, and by the descriptor, as the page says.
    expect(rpctls_stream_send(client, "by the stream", 13, 10000) == 13, "the stream sends: " + last_error());
    expect(receive(server, 13) == "by the stream", "what the stream sent");
    expect(::write(client_fd, "by write(2)", 11) == 11 && receive(server, 11) == "by write(2)", "write(2)");
    const std::string large(1 << 20, 'x');
    std::FILE *file = std::tmpfile();
    expect(file != nullptr && std::fwrite(large.data(), 1, large.size(), file) == large.size() &&
               std::fflush(file) == 0,
           "a file");
    auto reading = std::async(std::launch::async, [&] { return receive(client, large.size()); });
    off_t offset = 0;
    while (offset < static_cast<off_t>(large.size()))
        expect(::sendfile(server_fd, ::fileno(file), &offset, large.size()) > 0, "sendfile(2)");
    expect(reading.get() == large, "what sendfile(2) sent");
    char octet = 0;
    rpctls_stream_close(server);
    expect(rpctls_stream_receive(client, &octet, 1, 10000) == 0, "close_notify is the end: " + last_error());
    rpctls_stream_free(client);
    rpctls_stream_free(server);
    ::close(client_fd);
    ::close(server_fd);
    std::fclose(file);
}

} // namespace

int main(int argc, char **argv) {
    const std::string what = argc == 3 ? argv[1] : "";
    try {
        if (what == "worn")
            worn(argv[2]);
        else if (what == "resumption")
            resumption(argv[2]);
        else if (what == "keyring")
            keyring(argv[2]);
        else
            throw std::invalid_argument("usage: lab_ktls_faces worn|resumption|keyring FOLDER");
    } catch (const std::exception &fault) {
        std::fprintf(stderr, "lab_ktls_faces: %s\n", fault.what());
        return 1;
    }
    std::puts("done");
    return 0;
}
