// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace rpctls {

/// Key material: on pages that are locked in memory (as far as RLIMIT_MEMLOCK goes) and left out of core
/// dumps, wiped when it goes. It can be moved but not copied, printed or compared by accident.
class Secret {
public:
    Secret() = default;
    /// `size` zero bytes.
    explicit Secret(std::size_t size);
    /// Copies `bytes`; wiping the source stays the caller's duty.
    explicit Secret(std::span<const std::byte> bytes);
    Secret(Secret &&other) noexcept : bytes_(std::exchange(other.bytes_, {})), in_slot_(other.in_slot_) {}
    Secret &operator=(Secret &&other) noexcept;
    Secret(const Secret &) = delete;
    Secret &operator=(const Secret &) = delete;
    ~Secret();

    std::span<std::byte> bytes() { return bytes_; }
    std::span<const std::byte> bytes() const { return bytes_; }
    std::size_t size() const { return bytes_.size(); }
    bool empty() const { return bytes_.empty(); }

    /// A second, equal secret: a word of its own so that copies are seen.
    Secret duplicate() const { return Secret(bytes()); }

    /// Shortens to `size` bytes (at most size()); the bytes behind are wiped.
    void shrink(std::size_t size);

    /// Takes time that depends on the lengths only.
    bool equals(std::span<const std::byte> other) const;

private:
    void free();
    std::span<std::byte> bytes_{};
    bool in_slot_ = false; ///< of LockedSlots, else on pages of its own
};

/// Overwrites memory that held a secret in a way the compiler may not leave out.
void wipe(std::span<std::byte> memory);

} // namespace rpctls
