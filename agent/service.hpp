// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/admission.hpp"
#include "agent/asio.hpp"
#include "agent/control.hpp"
#include "agent/handshake.hpp"
#include "agent/snapshot.hpp"
#include "agent/workers.hpp"

#include "rpc/client/agent_handshake_message.hpp"
#include "rpc/tls/ktls.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>

namespace rpctls::agent {

/// Handshakes for programs (rpc/client/agent_handshake_message.hpp): decides who may, gives the work to the workers and
/// answers. The main thread's, but for `record`, which a worker may call.
class Service {
public:
    using AttachKtls = std::function<Status(int fd)>;

    /// `record` counts and logs what became of a request. `most` are under way at once, whoever asks.
    Service(asio::io_context &context, std::size_t most, AttachKtls attach,
            std::function<void(const Report &report)> record);

    /// The answer comes when the handshake has ended, or at once when it is refused. `admit` asks for a place among all
    /// handshakes of the agent.
    void take(ControlServer::Message message, client::AgentHandshakeRequest request,
              std::shared_ptr<const Snapshot> snapshot, Workers &workers,
              const std::function<Result<Admission::Place>(const std::string &peer)> &admit);

private:
    struct Loan;
    std::size_t under_way(uid_t user) const;
    void release(const std::shared_ptr<Loan> &loan);

    asio::io_context &context_;
    std::size_t most_;
    AttachKtls attach_;
    std::function<void(const Report &report)> record_;
    std::size_t in_flight_ = 0;
    std::map<uid_t, std::size_t> by_user_;
};

} // namespace rpctls::agent
