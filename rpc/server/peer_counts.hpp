// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace rpctls::server {

/// How much of something each peer address has, up to a limit.
class PeerCounts {
public:
    explicit PeerCounts(std::size_t limit) : limit_(limit) {}

    /// One more; false when the peer has as much as it may.
    bool try_add(const std::string &peer) {
        const auto [entry, fresh] = counts_.try_emplace(peer, 0);
        if (entry->second < limit_)
            return ++entry->second > 0;
        if (fresh)
            counts_.erase(entry);
        return false;
    }
    void remove(const std::string &peer) {
        const auto entry = counts_.find(peer);
        if (entry != counts_.end() && --entry->second == 0)
            counts_.erase(entry);
    }

private:
    std::size_t limit_;
    std::map<std::string, std::size_t> counts_;
};

} // namespace rpctls::server
