// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/hall.hpp"

#include <algorithm>
#include <exception>

namespace rpctls::server {

void Hall::handle(std::uint32_t program, std::uint32_t version, Server::Handler handler) {
    handlers_[{program, version}] = std::make_shared<const Server::Handler>(std::move(handler));
}

std::optional<wire::AcceptedReply> Hall::early_answer(const wire::CallHeader &call) const {
    if (handlers_.contains({call.program, call.version})) {
        if (call.procedure == wire::null_procedure)
            return wire::AcceptedReply{};
        return std::nullopt;
    }
    const auto first = handlers_.lower_bound({call.program, 0});
    if (first == handlers_.end() || first->first.first != call.program)
        return wire::AcceptedReply{{}, wire::AcceptStat::prog_unavail, {}};
    const auto last = std::prev(handlers_.upper_bound({call.program, UINT32_MAX}));
    return wire::AcceptedReply{
        {}, wire::AcceptStat::prog_mismatch, {first->first.second, last->first.second}};
}

void Hall::dispatch(Call call) const {
    const auto handler = handlers_.at({call.program(), call.version()});
    try {
        if (!options.executor)
            return (*handler)(std::move(call));
        auto kept = std::make_shared<Call>(std::move(call));
        options.executor([handler, kept = std::move(kept)] {
            try {
                (*handler)(std::move(*kept));
            } catch (const std::exception &) {
                // As below.
            }
        });
    } catch (const std::exception &) {
        // The call, wherever it went, is answered by its end.
    }
}

} // namespace rpctls::server
