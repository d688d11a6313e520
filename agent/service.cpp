// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/service.hpp"

#include "agent/control_message.hpp"
#include "agent/control_receive.hpp"
#include "agent/outcome.hpp"
#include "agent/peer_address.hpp"
#include "agent/service_socket.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

namespace rpctls::agent {

using client::AgentHandshakeRequest;

/// A socket that a program lent us, from its request to our answer. The worker has a descriptor of its own.
struct Service::Loan {
    Fd socket;
    Caller caller;
    ControlServer::Answer answer;

    Loan(Fd lent, Caller who, ControlServer::Answer way_back)
        : socket(std::move(lent)), caller(who), answer(std::move(way_back)) {}
    Loan(const Loan &) = delete;
    Loan &operator=(const Loan &) = delete;
    ~Loan() { give_back(); }

    void give_back() {
        if (socket.is_open())
            stop_lingering(socket.get()); // its owner may have set that anew since
        socket.reset();
    }
};

namespace {

using nlohmann::json;

Plan plan_of(const AgentHandshakeRequest &request) {
    Plan plan;
    plan.role = request.role == AgentHandshakeRequest::Role::client ? Role::client : Role::server;
    plan.server_name = request.server_name;
    plan.time = request.timeout;
    plan.alpn = request.alpn;
    plan.protocol = request.protocol;
    plan.require_client_certificate = request.require_client_certificate;
    switch (request.present) {
    case AgentHandshakeRequest::Present::nothing:
        plan.identity = NoIdentity{};
        break;
    case AgentHandshakeRequest::Present::configured:
        plan.identity = ConfiguredIdentity{};
        break;
    case AgentHandshakeRequest::Present::named:
        plan.identity = NamedIdentity{request.identity};
        break;
    }
    return plan;
}

std::string answer_to(const Report &report) {
    json answer;
    if (!report.failure) {
        answer = {{"ok", true},
                  {"session", client::to_json(client::AgentSession{*report.facts, report.channel_binding})}};
    } else {
        answer = refusal(*report.failure);
        if (report.begun)
            answer["socket"] = "ended";
    }
    // Certificates hold what their makers like: what is not UTF-8 is replaced, never thrown on.
    return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

Service::Service(asio::io_context &context, std::size_t most, AttachKtls attach,
                 std::function<void(const Report &report)> record)
    : context_(context), most_(most), attach_(std::move(attach)), record_(std::move(record)) {}

void Service::take(ControlServer::Message message, AgentHandshakeRequest request,
                   std::shared_ptr<const Snapshot> snapshot, Workers &workers,
                   const std::function<Result<Admission::Place>(const std::string &peer)> &admit) {
    const Caller caller{message.sender.uid, message.sender.pid};
    Work work;
    work.plan = plan_of(request);
    work.request.peer_name = work.plan.server_name;
    work.caller = caller;
    const auto refuse = [&](Error failure) {
        Report report;
        report.role = work.plan.role;
        report.peer_name = work.request.peer_name;
        report.peer_address = work.peer_address;
        report.caller = caller;
        report.failure = std::move(failure);
        record_(report);
        message.answer(answer_to(report));
    };
    const ServicePolicy &policy = snapshot->service();
    if (auto allowed = policy.check(message.sender, request); !allowed)
        return refuse(std::move(allowed).error());
    auto socket = service_socket(std::move(message.descriptors), message.descriptors_lost);
    if (!socket)
        return refuse(std::move(socket).error());
    work.peer_address = peer_address(socket->get());
    work.peer_group = peer_group(work.peer_address);
    if (in_flight_ >= most_)
        return refuse(agent_overloaded(most_));
    if (caller.uid != 0 && under_way(caller.uid) >= policy.most_per_user())
        return refuse(agent_overloaded(policy.most_per_user()).with("uid", std::to_string(caller.uid)));
    auto place = admit(work.peer_group);
    if (!place)
        return refuse(std::move(place).error());
    work.place = std::move(*place);
    work.request.socket = Fd(::fcntl(socket->get(), F_DUPFD_CLOEXEC, 0));
    if (!work.request.socket.is_open())
        return refuse(
            system_error(Stage::kernel, "descriptors-exhausted", "the agent has no free descriptor", errno));

    auto loan = std::make_shared<Loan>(std::move(*socket), caller, std::move(message.answer));
    ++in_flight_;
    ++by_user_[caller.uid];
    // Whoever asked has gone: what comes of it nobody could tell the peer from a session. This ends the handshake, too.
    message.expect_long([loan] { (void)::shutdown(loan->socket.get(), SHUT_RDWR); });
    work.snapshot = std::move(snapshot);
    work.prepare = attach_;
    work.outlet = [this, loan](kernel::HandshakeRequest done, Report report) {
        if (report.failure && report.begun)
            (void)::shutdown(done.socket.get(), SHUT_RDWR);
        done.socket.reset(); // ours is not the last descriptor, so this waits for nothing
        record_(report);
        asio::post(context_, [this, loan, answer = answer_to(report)] {
            release(loan);
            loan->answer(answer);
        });
    };
    workers.start(std::move(work));
}

std::size_t Service::under_way(uid_t user) const {
    const auto found = by_user_.find(user);
    return found == by_user_.end() ? 0 : found->second;
}

void Service::release(const std::shared_ptr<Loan> &loan) {
    loan->give_back();
    --in_flight_;
    if (const auto user = by_user_.find(loan->caller.uid); user != by_user_.end() && --user->second == 0)
        by_user_.erase(user);
}

} // namespace rpctls::agent
