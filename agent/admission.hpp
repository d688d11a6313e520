// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace rpctls::agent {

/// How many handshakes may be under way, in all and with one peer address: what bounds memory and descriptors whatever
/// peers do. Safe for several threads.
class Admission {
public:
    Admission(std::size_t most, std::size_t most_for_a_peer);

    /// A place, given back when the last copy of it goes (also after the Admission itself). Errors (stage handshake):
    /// agent-overloaded, peer-overloaded.
    using Place = std::shared_ptr<const void>;
    Result<Place> admit(const std::string &peer);

    std::size_t admitted() const;
    /// Three quarters of all places are taken, or of those that this peer may have.
    bool crowded(const std::string &peer) const;

private:
    struct Book;
    struct Ticket;
    std::shared_ptr<Book> book_;
};

} // namespace rpctls::agent
