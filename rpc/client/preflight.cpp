// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/preflight.hpp"

#include "rpc/base/deadline.hpp"
#include "rpc/base/fd.hpp"
#include "rpc/base/server_name.hpp"
#include "rpc/base/text.hpp"
#include "rpc/client/complete_handshake.hpp"
#include "rpc/client/connect.hpp"
#include "rpc/client/null_call.hpp"
#include "rpc/client/resolve.hpp"
#include "rpc/client/starttls_exchange.hpp"

#include <unistd.h>

namespace rpctls::client {

namespace {

/// One preflight on its way. Each stage adds to the report what it saw, whether it succeeds or not.
class Preflight {
public:
    explicit Preflight(const PreflightRequest &request)
        : request_(request), overall_(Deadline::after(request.timeout)) {}

    PreflightReport run() && {
        if (auto went = go(); !went)
            report_.failure = std::move(went).error();
        return std::move(report_);
    }

private:
    Status go();
    Result<std::vector<Address>> find_addresses();
    Result<Fd> connect_to_first(const std::vector<Address> &addresses);
    Status probe(int fd);
    Status protect_and_call(int fd);

    Deadline stage_deadline() const { return overall_.earlier_of(Deadline::after(request_.stage_timeout)); }

    /// Measures a stage and runs it.
    template <class Action>
    auto timed(Stage stage, Action action) {
        const auto start = Deadline::Clock::now();
        const auto index = report_.stages.size();
        report_.stages.push_back({stage, {}});
        auto result = action();
        report_.stages[index].duration =
            std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - start);
        return result;
    }

    const PreflightRequest &request_;
    Deadline overall_;
    PreflightReport report_;
    std::string peer_; ///< "nfs1.example (192.0.2.7) port 2049"
};

Status Preflight::go() {
    auto addresses = timed(Stage::resolve, [&] { return find_addresses(); });
    if (!addresses)
        return std::move(addresses).error();
    auto socket = timed(Stage::connect, [&] { return connect_to_first(*addresses); });
    if (!socket)
        return std::move(socket).error();
    if (auto probed = timed(Stage::probe, [&] { return probe(socket->get()); }); !probed)
        return probed;
    if (!request_.credentials || request_.probe_only)
        return {};
    return protect_and_call(socket->get());
}

Result<std::vector<Address>> Preflight::find_addresses() {
    auto addresses = resolve(request_.host, request_.port, stage_deadline());
    if (!addresses)
        return addresses;
    if (request_.family)
        std::erase_if(*addresses,
                      [&](const Address &address) { return address.family() != *request_.family; });
    if (addresses->empty())
        return Error{Stage::resolve, "name-not-found",
                     "the name " + printable(request_.host) + " has no address of " +
                         (request_.family == AF_INET6 ? "IPv6" : "IPv4")}
            .advise("leave proto= out, or check the name's addresses (getent ahosts)");
    for (const Address &address : *addresses)
        report_.addresses.push_back(address.text());
    return addresses;
}

Result<Fd> Preflight::connect_to_first(const std::vector<Address> &addresses) {
    const bool reserved_port = request_.reserved_port.value_or(::geteuid() == 0);
    auto connected = connect_first(addresses, request_.host, reserved_port, request_.stage_timeout, overall_);
    const Address &used = connected ? addresses[connected->index] : addresses.back();
    report_.address = used.text();
    peer_ = describe(request_.host, used);
    if (!connected)
        return std::move(connected).error();
    return std::move(connected->fd);
}

Status Preflight::probe(int fd) {
    auto asked = ask_for_tls(fd, request_.program, request_.version, peer_, stage_deadline());
    if (!asked)
        return std::move(asked).error();
    const StartTlsProbe &probe = *asked;
    report_.offer = probe.state() == StartTlsProbe::State::offered       ? TlsOffer::offered
                    : probe.state() == StartTlsProbe::State::not_offered ? TlsOffer::not_offered
                                                                         : TlsOffer::refused;
    report_.answer = wire::describe(*probe.reply());
    return request_.credentials || request_.probe_only ? tls_offered(probe, peer_) : Status();
}

Status Preflight::protect_and_call(int fd) {
    tls::SocketTransport transport(fd);
    auto session =
        tls::Session::client({.credentials = request_.credentials,
                              .server_name = request_.server_name.value_or(bare_host(request_.host, false)),
                              .present_identity = request_.present_identity,
                              .pins = request_.pins,
                              .alpn = request_.alpn},
                             transport);
    if (!session)
        return std::move(session).error();
    auto shaken =
        timed(Stage::handshake, [&] { return complete_handshake(*session, fd, peer_, stage_deadline()); });
    report_.session = session->facts();
    if (!shaken)
        return shaken;
    auto called = timed(Stage::rpc, [&] {
        return call_null(*session, fd, request_.program, request_.version, stage_deadline());
    });
    report_.session = session->facts();
    report_.null_call_answered = called.has_value();
    if (!called)
        return std::move(called).error().with("server", peer_);
    session->close();
    return {};
}

} // namespace

std::string_view to_string(TlsOffer offer) {
    switch (offer) {
    case TlsOffer::unknown:
        return "unknown";
    case TlsOffer::offered:
        return "offered";
    case TlsOffer::not_offered:
        return "not offered";
    case TlsOffer::refused:
        return "refused";
    }
    return "unknown";
}

PreflightReport preflight(const PreflightRequest &request) {
    return Preflight(request).run();
}

} // namespace rpctls::client
