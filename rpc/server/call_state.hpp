// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/io_loop.hpp"
#include "rpc/server/reply_queue.hpp"
#include "rpc/wire/message.hpp"
#include "rpctls/call.hpp"

#include <memory>

namespace rpctls::server {

class ServedConnection;

/// Where a connection comes from.
struct PeerAddress {
    sockaddr_storage address{};
    std::string text;
};

/// The record of a reply without its results, which are `results_size` octets more.
std::vector<std::byte> reply_head(const wire::ReplyHeader &reply, std::size_t results_size = 0);

/// What a Call knows, and the way back to its connection, from whichever thread.
class CallState {
public:
    CallState() = default;
    ~CallState();

    std::shared_ptr<IoLoop> loop;
    std::weak_ptr<ServedConnection> connection;
    std::shared_ptr<const PeerAddress> peer;
    std::shared_ptr<const rpctls_session> session;
    std::size_t largest_reply = 0;

    wire::CallHeader header;
    std::vector<std::byte> record;
    std::size_t arguments_offset = 0;
    Credential credential;

    void answer(Answer answer) const;
    void accept(wire::AcceptStat stat, Reply results = {}) const;
};

} // namespace rpctls::server
