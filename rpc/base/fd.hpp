// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <unistd.h>

#include <utility>

namespace rpctls {

/// The one owner of a file descriptor; closes it when it goes.
class Fd {
public:
    Fd() = default;
    explicit Fd(int number) : number_(number) {}
    Fd(Fd &&other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Fd &operator=(Fd &&other) noexcept {
        if (this != &other)
            reset(std::exchange(other.number_, -1));
        return *this;
    }
    Fd(const Fd &) = delete;
    Fd &operator=(const Fd &) = delete;
    ~Fd() { reset(); }

    bool is_open() const { return number_ >= 0; }
    int get() const { return number_; }

    /// Gives the descriptor away without closing it; the caller owns it from now on.
    [[nodiscard]] int release() { return std::exchange(number_, -1); }

    void reset(int number = -1) {
        if (number_ >= 0)
            ::close(number_);
        number_ = number;
    }

private:
    int number_ = -1;
};

} // namespace rpctls
