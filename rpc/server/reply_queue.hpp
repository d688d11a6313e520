// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/batch.hpp"
#include "rpctls/call.hpp"

#include <array>
#include <span>
#include <vector>

namespace rpctls::server {

/// A reply as it goes out: the record's mark and the message's header, and the results' pieces.
struct Answer {
    std::vector<std::byte> head;
    std::vector<Reply::Piece> pieces{};
};

/// Replies of one connection that wait to be sent, as pieces, in their order.
class ReplyQueue {
public:
    using Pieces = std::array<std::span<const std::byte>, 64>;

    void push(Answer answer);
    bool empty() const { return first_ == parts_.size(); }
    /// Replies of which something waits.
    std::size_t replies() const { return replies_; }
    /// What is to be sent next, as much of it as there is room for pieces.
    Batch next(Pieces &room) const;
    /// So many octets of it have gone.
    void sent(std::size_t count);

private:
    struct Part {
        std::vector<std::byte> head; ///< the octets' owner, or else the keeper is
        Reply::Piece piece;
        bool ends_reply = false;
    };

    std::vector<Part> parts_;
    std::size_t first_ = 0;  ///< of the parts that wait
    std::size_t offset_ = 0; ///< octets of it that have gone
    std::size_t replies_ = 0;
};

} // namespace rpctls::server
