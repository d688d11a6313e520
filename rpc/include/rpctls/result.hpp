// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpctls/error.hpp>

#include <utility>
#include <variant>

namespace rpctls {

/// A value or the Error that stands in its place: anything a peer, the kernel or an administrator can cause is
/// returned, not thrown. Shaped like std::expected so that it can become it.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return content_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T &value() & { return std::get<0>(content_); }
    const T &value() const & { return std::get<0>(content_); }
    T &&value() && { return std::get<0>(std::move(content_)); }
    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T &&operator*() && { return std::move(*this).value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }

    Error &error() & { return std::get<1>(content_); }
    const Error &error() const & { return std::get<1>(content_); }
    Error &&error() && { return std::get<1>(std::move(content_)); }

private:
    std::variant<T, Error> content_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : content_(std::move(error)) {}

    bool has_value() const { return content_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    Error &error() & { return std::get<1>(content_); }
    const Error &error() const & { return std::get<1>(content_); }
    Error &&error() && { return std::get<1>(std::move(content_)); }

private:
    std::variant<std::monostate, Error> content_;
};

using Status = Result<void>;

} // namespace rpctls
