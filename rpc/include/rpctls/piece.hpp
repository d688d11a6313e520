// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpctls/file_range.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace rpctls {

/// A piece of arguments or results in XDR: octets in memory, or a range of a file. Nothing is copied.
struct Piece {
    std::span<const std::byte> octets{};  ///< empty where `file` is there
    std::shared_ptr<const void> keeper{}; ///< of the octets; null: they are borrowed
    std::optional<FileRange> file{};

    Piece() = default;
    /// Octets that `keeper` keeps as they are. Null: somebody else does, for as long as the piece's user says.
    Piece(std::span<const std::byte> borrowed, std::shared_ptr<const void> keeps)
        : octets(borrowed), keeper(std::move(keeps)) {}
    /// Borrowed octets, from whatever a span is made of.
    template <class Octets>
    requires(std::is_convertible_v<const Octets &, std::span<const std::byte>>) Piece(const Octets &borrowed)
        : octets(borrowed) {}
    /// The file's octets as they are: what XDR has around them are other pieces, see add_opaque().
    Piece(FileRange range) : file(std::move(range)) {}

    /// Octets that the piece owns.
    static Piece owning(std::vector<std::byte> octets) {
        auto kept = std::make_shared<const std::vector<std::byte>>(std::move(octets));
        const std::span<const std::byte> all(*kept);
        return {all, std::move(kept)};
    }

    std::size_t size() const { return file ? file->size() : octets.size(); }
};

/// Adds an opaque<> of the file's octets (RFC 4506 4.10): their number, they themselves, and what fills up the word.
inline void add_opaque(std::vector<Piece> &pieces, FileRange octets) {
    static constexpr std::byte padding[3]{};
    const std::size_t size = octets.size();
    std::vector<std::byte> number(4);
    for (std::size_t i = 0; i < number.size(); ++i)
        number[i] = static_cast<std::byte>(size >> (24 - 8 * i) & 0xff);
    pieces.push_back(Piece::owning(std::move(number)));
    pieces.emplace_back(std::move(octets));
    if (const std::size_t missing = (4 - size % 4) % 4; missing > 0)
        pieces.emplace_back(std::span(padding).first(missing));
}

} // namespace rpctls
