// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace rpctls::agent {

/// What waits, in order for each key, and the keys in turn: one peer with a thousand requests delays another's first by
/// one. Not for several threads.
template <class T>
class FairQueue {
public:
    bool empty() const { return turns_.empty(); }

    void push(const std::string &key, T item) {
        auto &line = lines_[key];
        if (line.empty())
            turns_.push_back(key);
        line.push_back(std::move(item));
    }

    /// Not when empty().
    T pop() {
        std::string key = std::move(turns_.front());
        turns_.pop_front();
        const auto found = lines_.find(key);
        T item = std::move(found->second.front());
        found->second.pop_front();
        if (found->second.empty())
            lines_.erase(found);
        else
            turns_.push_back(std::move(key));
        return item;
    }

private:
    std::unordered_map<std::string, std::deque<T>> lines_; ///< never an empty one
    std::deque<std::string> turns_;                        ///< the keys of lines_, next first
};

} // namespace rpctls::agent
