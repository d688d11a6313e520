// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/admission.hpp"

#include "agent/outcome.hpp"

#include <mutex>
#include <unordered_map>

namespace rpctls::agent {

struct Admission::Book {
    Book(std::size_t all, std::size_t for_a_peer) : most(all), most_for_a_peer(for_a_peer) {}

    const std::size_t most;
    const std::size_t most_for_a_peer;
    std::mutex lock;
    std::size_t admitted = 0;
    std::unordered_map<std::string, std::size_t> by_peer; ///< never a zero

    void give_back(const std::string &peer) {
        const std::lock_guard hold(lock);
        --admitted;
        const auto found = by_peer.find(peer);
        if (--found->second == 0)
            by_peer.erase(found);
    }
};

/// Gives its place back when it goes, if it ever had one.
struct Admission::Ticket {
    Ticket(std::shared_ptr<Book> whose, std::string who) : book(std::move(whose)), peer(std::move(who)) {}
    Ticket(const Ticket &) = delete;
    Ticket &operator=(const Ticket &) = delete;
    ~Ticket() {
        if (counted)
            book->give_back(peer);
    }

    const std::shared_ptr<Book> book;
    const std::string peer;
    bool counted = false;
};

Admission::Admission(std::size_t most, std::size_t most_for_a_peer)
    : book_(std::make_shared<Book>(most, most_for_a_peer)) {}

Result<Admission::Place> Admission::admit(const std::string &peer) {
    // Whatever fails for lack of memory fails before anything is counted.
    const auto ticket = std::make_shared<Ticket>(book_, peer);
    const std::lock_guard hold(book_->lock);
    if (book_->admitted >= book_->most)
        return agent_overloaded(book_->most);
    const auto found = book_->by_peer.find(peer);
    if (found != book_->by_peer.end() && found->second >= book_->most_for_a_peer)
        return peer_overloaded(book_->most_for_a_peer);
    ++book_->by_peer[peer];
    ++book_->admitted;
    ticket->counted = true;
    return Place(ticket);
}

std::size_t Admission::admitted() const {
    const std::lock_guard hold(book_->lock);
    return book_->admitted;
}

bool Admission::crowded(const std::string &peer) const {
    const std::lock_guard hold(book_->lock);
    const auto found = book_->by_peer.find(peer);
    const std::size_t of_peer = found == book_->by_peer.end() ? 0 : found->second;
    return book_->admitted * 4 > book_->most * 3 || of_peer * 4 > book_->most_for_a_peer * 3;
}

} // namespace rpctls::agent
