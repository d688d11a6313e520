// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/reply_queue.hpp"

#include <algorithm>

namespace rpctls::server {

namespace {

/// Kept when everything has gone: idle connections are to cost little.
constexpr std::size_t most_kept = 16;

} // namespace

void ReplyQueue::push(Answer answer) {
    // All of it or nothing; and twice as much, so that a queue that grows by one is not moved each time.
    if (const std::size_t size = parts_.size() + 1 + answer.pieces.size(); size > parts_.capacity())
        parts_.reserve(std::max(size, 2 * parts_.capacity()));
    std::erase_if(answer.pieces, [](const Reply::Piece &piece) { return piece.size() == 0; });
    Part head{std::move(answer.head), {}, answer.pieces.empty()};
    head.piece.octets = head.head; // a vector's octets stay where they are when it moves
    parts_.push_back(std::move(head));
    for (Reply::Piece &piece : answer.pieces)
        parts_.push_back({{}, std::move(piece), false});
    parts_.back().ends_reply = true;
    ++replies_;
}

Batch ReplyQueue::next(Pieces &room) const {
    if (!empty() && parts_[first_].piece.file)
        return {.file = parts_[first_].piece.file->behind(offset_)};
    std::size_t count = 0, i = first_;
    for (; i < parts_.size() && count < room.size() && !parts_[i].piece.file; ++i)
        room[count++] = parts_[i].piece.octets.subspan(i == first_ ? offset_ : 0);
    return {.octets = std::span(room).first(count), .more = i < parts_.size() && parts_[i].piece.file};
}

void ReplyQueue::sent(std::size_t count) {
    offset_ += count;
    while (first_ < parts_.size() && offset_ >= parts_[first_].piece.size()) {
        offset_ -= parts_[first_].piece.size();
        replies_ -= parts_[first_].ends_reply ? 1 : 0;
        parts_[first_++] = {};
    }
    if (!empty())
        return;
    parts_.clear();
    first_ = 0;
    if (parts_.capacity() > most_kept)
        parts_.shrink_to_fit();
}

} // namespace rpctls::server
