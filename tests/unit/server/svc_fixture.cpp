// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/server/svc_fixture.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/wire/record.hpp"
#include "tests/unit/octets.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <fstream>

namespace rpctls::test {

std::atomic<unsigned> effects{0};
std::string file_served;

bool_t nothing(XDR *, ...) {
    return TRUE;
}

bool_t one_number(XDR *xdr, ...) {
    va_list arguments;
    va_start(arguments, xdr);
    auto *value = va_arg(arguments, std::uint32_t *);
    va_end(arguments);
    return xdr_uint32_t(xdr, value);
}

namespace {

using std::chrono::milliseconds;

std::string describe_caller(const svc_req *request, const SVCXPRT *transport) {
    std::string text = "flavor " + std::to_string(request->rq_cred.oa_flavor);
    if (request->rq_cred.oa_flavor == AUTH_SYS) {
        const auto *user = static_cast<const authunix_parms *>(request->rq_clntcred);
        text += " uid " + std::to_string(user->aup_uid) + " on " + user->aup_machname;
    }
    const rpctls_session *session = svc_tls_session(transport);
    if (session == nullptr)
        return text + ", in clear";
    std::size_t size = 0;
    (void)rpctls_session_channel_binding(session, &size);
    if (const char *identity = rpctls_session_psk_identity(session))
        text += std::string(", psk ") + identity;
    return text + ", " + rpctls_session_tls_version(session) + ", host " +
           (rpctls_session_peer_verified(session) ? rpctls_session_peer_subject(session) : "unknown") +
           ", binding " + std::to_string(size);
}

struct Bytes {
    u_int size = 0;
    char *octets = nullptr;
};

bool_t xdr_all(XDR *xdr, ...) {
    va_list arguments;
    va_start(arguments, xdr);
    auto *value = va_arg(arguments, Bytes *);
    va_end(arguments);
    return xdr_bytes(xdr, &value->octets, &value->size, 16 << 20);
}

void dispatch(svc_req *request, SVCXPRT *transport) {
    Bytes bytes;
    switch (request->rq_proc) {
    case proc_null:
        svc_sendreply(transport, nothing, nullptr);
        return;
    case proc_echo:
        if (!svc_getargs(transport, xdr_all, &bytes)) {
            svcerr_decode(transport);
            return;
        }
        if (!svc_sendreply(transport, xdr_all, &bytes))
            svcerr_systemerr(transport);
        svc_freeargs(transport, xdr_all, &bytes);
        return;
    case proc_who: {
        std::string text = describe_caller(request, transport);
        bytes = {static_cast<u_int>(text.size()), text.data()};
        svc_sendreply(transport, xdr_all, &bytes);
        return;
    }
    case proc_count: {
        std::uint32_t value = ++effects;
        svc_sendreply(transport, one_number, &value);
        return;
    }
    case proc_big: {
        std::uint32_t size = 0;
        if (!svc_getargs(transport, one_number, &size)) {
            svcerr_decode(transport);
            return;
        }
        std::string text(size, 'x');
        bytes = {size, text.data()};
        if (!svc_sendreply(transport, xdr_all, &bytes))
            svcerr_systemerr(transport);
        return;
    }
    case proc_silent:
        return;
    case proc_file: {
        std::uint32_t size = 0, seven = 7, eight = 8;
        if (!svc_getargs(transport, one_number, &size)) {
            svcerr_decode(transport);
            return;
        }
        const Fd file(::open(file_served.c_str(), O_RDONLY | O_CLOEXEC));
        if (svc_tls_sendreply_file(transport, one_number, &seven, file.get(), 3, size, one_number, &eight) !=
            0)
            svcerr_systemerr(transport);
        return;
    }
    default:
        svcerr_noproc(transport);
    }
}

} // namespace

std::string who_is_calling(CLIENT *client) {
    Bytes bytes;
    const timeval patience{5, 0};
    const clnt_stat stat = clnt_call(client, proc_who, nothing, nullptr, xdr_all, &bytes, patience);
    if (stat != RPC_SUCCESS)
        return clnt_sperrno(stat);
    const std::string text(bytes.octets, bytes.size);
    clnt_freeres(client, xdr_all, &bytes);
    return text;
}

Files::Files()
    : ca(certify({.common_name = "Test CA", .is_ca = true})),
      server(
          certify({.common_name = "server", .dns_names = {"nfs1.example"}, .addresses = {"127.0.0.1"}}, &ca)),
      client(certify({.common_name = "client", .dns_names = {"client.example"}}, &ca)) {
    write("ca.pem", ca.certificate);
    write("server.pem", server.certificate);
    write("server.key", server.key);
    write("client.pem", client.certificate);
    write("client.key", client.key);
}

void Files::write(const std::string &name, const std::string &text) const {
    std::ofstream(path(name)) << text;
    ::chmod(path(name).c_str(), 0600);
}

void Files::serve(rpctls_params *params, const std::string &trusted) const {
    BOOST_TEST_REQUIRE(rpctls_params_set_truststore(params, path(trusted).c_str()) == 0);
    BOOST_TEST_REQUIRE(rpctls_params_set_identity_files(params, path("server.pem").c_str(),
                                                        path("server.key").c_str()) == 0);
}

Served::Served(rpctls_policy policy, const Change &change, Loop loop) {
    rpctls_params *params = rpctls_params_new();
    BOOST_TEST_REQUIRE(rpctls_params_set_policy(params, policy) == 0);
    files_.serve(params);
    rpctls_params_set_log(params, take_line, this);
    if (change)
        change(params);
    listener_ = svc_tls_create("127.0.0.1", 0, params);
    rpctls_params_free(params);
    BOOST_TEST_REQUIRE((listener_ != nullptr),
                       (listener_ != nullptr ? "" : rpctls_error_message(rpctls_last_error())));
    port_ = svc_tls_port(listener_);
    BOOST_TEST_REQUIRE(svc_reg(listener_, program, 1, dispatch, nullptr));
    BOOST_TEST_REQUIRE(svc_reg(listener_, program, 2, dispatch, nullptr));
    thread_ = std::thread([this, loop] {
        if (loop == Loop::libtirpc)
            svc_run();
        else
            svc_tls_run(listener_);
    });
}

Served::~Served() {
    stop();
    SVC_DESTROY(listener_);
}

void Served::stop() {
    if (!thread_.joinable())
        return;
    svc_tls_stop(listener_);
    thread_.join();
}

void Served::take_line(void *self, const char *line) {
    auto &served = *static_cast<Served *>(self);
    const std::scoped_lock lock(served.mutex_);
    served.log_ += std::string(line) + "\n";
}

std::string Served::log() const {
    const std::scoped_lock lock(mutex_);
    return log_;
}

bool Served::logged(const std::string &text) const {
    for (int i = 0; i < 200; ++i) {
        if (log().find(text) != std::string::npos)
            return true;
        std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
}

Caller::Caller(std::uint16_t port) {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    BOOST_TEST_REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof address) == 0);
    socket_ = std::make_unique<tls::ChannelSocket>(std::move(fd));
}

bool Caller::wait(short events) {
    pollfd entry{fd(), events, 0};
    return ::poll(&entry, 1, 5000) > 0;
}

void Caller::send_clear(std::span<const std::byte> octets) {
    (void)!::send(fd(), octets.data(), octets.size(), MSG_NOSIGNAL);
}

void Caller::send(std::span<const std::byte> octets) {
    if (!session_)
        return send_clear(octets);
    while (!octets.empty()) {
        const auto sent = session_->send(octets);
        if (!sent)
            return;
        if (*sent)
            octets = octets.subspan(**sent);
        else if (!wait(POLLOUT))
            return;
    }
}

bool Caller::receive_exactly(std::span<std::byte> room) {
    while (!room.empty()) {
        std::size_t count = 0;
        if (session_) {
            const auto received = session_->receive(room);
            if (!received || (*received && **received == 0))
                return false;
            count = received->value_or(0);
        } else {
            const ssize_t received = ::recv(fd(), room.data(), room.size(), MSG_DONTWAIT);
            if (received == 0 || (received < 0 && errno != EAGAIN))
                return false;
            count = received > 0 ? static_cast<std::size_t>(received) : 0;
        }
        room = room.subspan(count);
        if (count == 0 && !wait(POLLIN))
            return false;
    }
    return true;
}

std::vector<std::byte> Caller::receive() {
    std::vector<std::byte> message(4);
    if (!receive_exactly(message))
        return {};
    std::size_t mark = 0;
    for (const std::byte octet : message)
        mark = mark << 8 | std::to_integer<std::size_t>(octet);
    BOOST_TEST((mark & 0x80000000U) != 0u);
    message.resize(mark & 0x7fffffff);
    if (!receive_exactly(message))
        return {};
    return message;
}

std::string Caller::answer() {
    const auto message = receive();
    return message.size() < 4 ? "" : hex(std::span(message).subspan(4));
}

std::vector<std::byte> Caller::receive_to_end() {
    std::vector<std::byte> all;
    std::vector<std::byte> room(65536);
    while (wait(POLLIN)) {
        const ssize_t count = ::recv(fd(), room.data(), room.size(), 0);
        if (count <= 0)
            return all;
        all.insert(all.end(), room.begin(), room.begin() + count);
    }
    BOOST_ERROR("the server did not close");
    return all;
}

std::string Caller::probe(std::uint32_t version) {
    const wire::OpaqueAuth tls_credential{wire::auth_flavor_tls, {}};
    send_clear(call_record(0, {}, tls_credential, version));
    const auto reply = receive();
    return reply.empty() ? "" : hex(wire::frame_record(reply));
}

std::string Caller::shake_hands(const Files &files, const Certified *own, const std::string &name) {
    tls::ClientParameters parameters;
    parameters.credentials =
        own != nullptr ? load({.own = {*own}, .trusted = {files.ca}}) : load({.trusted = {files.ca}});
    parameters.server_name = name;
    parameters.present_identity = own != nullptr;
    session_ = *tls::Session::client(std::move(parameters), *socket_);
    for (;;) {
        const auto progress = session_->handshake();
        if (!progress)
            return progress.error().name;
        if (*progress == tls::Session::Progress::done)
            return "done";
        if (!wait(*progress == tls::Session::Progress::want_read ? POLLIN : POLLOUT))
            return "timeout";
    }
}

std::string Caller::start_tls(const Files &files, const Certified *own) {
    const std::string reply = probe();
    if (reply.find(hex(octets("53544152 54544c53"))) == std::string::npos)
        return "no token: " + reply;
    return shake_hands(files, own);
}

std::string Caller::call(std::uint32_t procedure, std::span<const std::byte> arguments,
                         const wire::OpaqueAuth &credential, std::uint32_t version) {
    const std::uint32_t xid = ++xid_;
    send(call_record(procedure, arguments, credential, version, xid));
    const auto reply = receive();
    if (reply.empty())
        return "";
    BOOST_TEST(hex(std::span(reply).first(4)) == hex(number(xid)));
    return hex(std::span(reply).subspan(4));
}

std::string Caller::who(const wire::OpaqueAuth &credential) {
    send(call_record(proc_who, {}, credential));
    const auto reply = receive();
    const auto header = wire::decode_reply(reply);
    if (!header || reply.size() < header->results_offset + 4)
        return header ? wire::describe(*header) : "no reply";
    const auto text = std::span(reply).subspan(header->results_offset);
    return std::string(as_text(text.subspan(4, std::to_integer<std::size_t>(text[3]))));
}

std::string Caller::end_of_session() {
    std::byte room[1024];
    for (int i = 0; i < 50; ++i) {
        const auto received = session_->receive(room);
        if (!received)
            return received.error().name;
        if (*received)
            return **received == 0 ? "closed" : "data";
        if (!wait(POLLIN))
            break;
    }
    return "nothing";
}

void send_garbage(std::uint16_t port, const Files &files, const std::function<void()> &between) {
    for (const char *text :
         {"00000000", "80000004 11223344", "7fffffff", "80000018 11223344 00000001 00000000",
          "8000002c 11223344 00000000 00000002 00000001 00000001 00000000 00000000 ffffffff"}) {
        Caller caller(port);
        BOOST_TEST(caller.start_tls(files) == "done");
        auto garbage = octets(text);
        garbage.resize(64);
        caller.send(garbage);
        BOOST_TEST(caller.end_of_session() == "closed");
        between();
    }
}

std::vector<std::byte> call_record(std::uint32_t procedure, std::span<const std::byte> arguments,
                                   const wire::OpaqueAuth &credential, std::uint32_t version,
                                   std::uint32_t xid) {
    wire::CallHeader header{.xid = xid, .program = program, .version = version, .procedure = procedure};
    header.credential = credential;
    auto message = *wire::encode_call(header);
    message.insert(message.end(), arguments.begin(), arguments.end());
    return wire::frame_record(message);
}

wire::OpaqueAuth auth_sys(std::uint32_t uid) {
    // stamp, "unit", uid, gid, no further groups
    return {wire::auth_flavor_sys,
            concatenated({octets("00000000 00000004 756e6974"), number(uid), octets("00000064 00000000")})};
}

std::vector<std::byte> opaque(std::span<const std::byte> octets_in) {
    auto all = concatenated({number(static_cast<std::uint32_t>(octets_in.size())), octets_in});
    all.resize((all.size() + 3) / 4 * 4);
    return all;
}

std::vector<std::byte> number(std::uint32_t value) {
    std::vector<std::byte> word(4);
    for (int i = 0; i < 4; ++i)
        word[static_cast<std::size_t>(i)] = static_cast<std::byte>(value >> (24 - 8 * i) & 0xff);
    return word;
}

} // namespace rpctls::test
