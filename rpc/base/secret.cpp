// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/secret.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace rpctls {

namespace {

std::size_t mapped_size(std::size_t size) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return (size + page - 1) / page * page;
}

} // namespace

Secret::Secret(std::size_t size) {
    if (size == 0)
        return;
    const std::size_t length = mapped_size(size);
    void *memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw std::bad_alloc();
    // Both are best effort: an unprivileged program may have no locked memory left, and must still work.
    (void)::mlock(memory, length);
    (void)::madvise(memory, length, MADV_DONTDUMP);
    bytes_ = {static_cast<std::byte *>(memory), size};
}

Secret::Secret(std::span<const std::byte> bytes) : Secret(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Secret &Secret::operator=(Secret &&other) noexcept {
    if (this != &other) {
        free();
        bytes_ = std::exchange(other.bytes_, {});
    }
    return *this;
}

Secret::~Secret() {
    free();
}

void Secret::free() {
    if (bytes_.data() == nullptr)
        return;
    // Shrunk to nothing it still has its first page; pages behind the last border went when it was shrunk.
    wipe(bytes_);
    ::munmap(bytes_.data(), mapped_size(std::max<std::size_t>(bytes_.size(), 1)));
    bytes_ = {};
}

void Secret::shrink(std::size_t size) {
    if (size >= bytes_.size())
        return;
    wipe(bytes_.subspan(size));
    const std::size_t kept = mapped_size(std::max<std::size_t>(size, 1));
    const std::size_t had = mapped_size(bytes_.size());
    if (kept < had)
        ::munmap(bytes_.data() + kept, had - kept);
    bytes_ = bytes_.first(size);
}

bool Secret::equals(std::span<const std::byte> other) const {
    if (other.size() != bytes_.size())
        return false;
    std::byte difference{};
    for (std::size_t i = 0; i < other.size(); ++i)
        difference |= bytes_[i] ^ other[i];
    return difference == std::byte{};
}

void wipe(std::span<std::byte> memory) {
    if (!memory.empty())
        ::explicit_bzero(memory.data(), memory.size());
}

} // namespace rpctls
