// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/server_context.hpp"
#include "rpc/server/work_threads.hpp"
#include "rpc/wire/message.hpp"
#include "rpctls/server.hpp"

#include <map>
#include <memory>
#include <utility>

namespace rpctls::server {

/// What the threads of one Server have in common.
class Hall {
public:
    Hall(SvcSettings settings, Server::Options chosen)
        : context(std::move(settings)), options(std::move(chosen)) {}

    ServerContext context;
    const Server::Options options;
    WorkThreads work;

    void handle(std::uint32_t program, std::uint32_t version, Server::Handler handler);
    /// How a call is answered before a handler sees it: absent, when one has it to see.
    std::optional<wire::AcceptedReply> early_answer(const wire::CallHeader &call) const;
    /// To the handler of its program and version.
    void dispatch(Call call) const;

private:
    using Handlers =
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::shared_ptr<const Server::Handler>>;
    Handlers handlers_; ///< unchanged while threads run
};

} // namespace rpctls::server
