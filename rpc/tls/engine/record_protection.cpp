// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/engine/record_protection.hpp"

#include "rpc/tls/engine/key_schedule.hpp"
#include "rpc/tls/gnutls_handles.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>

namespace rpctls::tls {

namespace {

using AeadCipher = Owner<gnutls_aead_cipher_hd_t, gnutls_aead_cipher_deinit>;

constexpr std::size_t tag_size = 16;
/// RFC 8446 5.2: with the type and the padding, and sealed.
constexpr std::size_t largest_inner = largest_content + 1;
constexpr std::size_t largest_payload = largest_content + 256;
/// One more and the number would wrap (RFC 8446 5.3).
constexpr std::uint64_t last_sequence = std::numeric_limits<std::uint64_t>::max();

gnutls_cipher_algorithm_t algorithm_of(KtlsCipher cipher) {
    switch (cipher) {
    case KtlsCipher::aes_128_gcm:
        return GNUTLS_CIPHER_AES_128_GCM;
    case KtlsCipher::aes_256_gcm:
        return GNUTLS_CIPHER_AES_256_GCM;
    case KtlsCipher::chacha20_poly1305:
        break;
    }
    return GNUTLS_CIPHER_CHACHA20_POLY1305;
}

bool is_known(ContentType type) {
    return type == ContentType::alert || type == ContentType::handshake ||
           type == ContentType::application_data;
}

Error fault(std::string name, std::string what) {
    return Error{Stage::rpc, std::move(name), std::move(what)};
}

Error exhausted() {
    return fault("record-sequence", "the TLS session has used up its record numbers");
}

void must_be(bool holds, const char *what) {
    if (!holds)
        throw std::invalid_argument(what);
}

using Header = std::array<std::byte, record_header_size>;

/// Every protected record looks like application data of TLS 1.2.
Header header_for(std::size_t payload) {
    return {std::byte{23}, std::byte{3}, std::byte{3}, static_cast<std::byte>(payload >> 8),
            static_cast<std::byte>(payload & 0xff)};
}

/// What is wrong with a record before any key is tried. The version is not looked at (RFC 8446 5.1).
std::optional<Error> refuse_outside(std::span<const std::byte> record) {
    if (record.size() < record_header_size)
        return fault("record-malformed", "a TLS record is shorter than its header");
    if (record[0] != std::byte{23})
        return fault("record-unexpected", "a TLS record came without protection")
            .with("type", std::to_string(std::to_integer<unsigned>(record[0])));
    const std::size_t payload =
        std::to_integer<std::size_t>(record[3]) << 8 | std::to_integer<std::size_t>(record[4]);
    if (payload > largest_payload)
        return fault("record-overflow", "a TLS record is too long")
            .with("limit", std::to_string(largest_payload))
            .with("seen", std::to_string(payload));
    if (payload != record.size() - record_header_size || payload < tag_size + 1)
        return fault("record-malformed", "the length of a TLS record is not what its header says")
            .with("expected", std::to_string(payload))
            .with("seen", std::to_string(record.size() - record_header_size));
    return std::nullopt;
}

} // namespace

struct RecordProtection::Impl {
    AeadCipher cipher;
    std::array<std::byte, 12> iv{};

    ~Impl() { wipe(iv); }

    /// RFC 8446 5.3: the number, in network order, is mixed with the end of the IV.
    std::array<std::byte, 12> nonce(std::uint64_t sequence) const {
        auto nonce = iv;
        for (std::size_t i = 0; i < 8; ++i)
            nonce[11 - i] ^= static_cast<std::byte>(sequence >> (8 * i) & 0xff);
        return nonce;
    }
};

std::uint64_t most_records(KtlsCipher cipher) {
    return cipher == KtlsCipher::chacha20_poly1305 ? last_sequence : std::uint64_t{1} << 24;
}

unsigned alert_for(const Error &record_error) {
    if (record_error.name == "record-corrupt")
        return GNUTLS_A_BAD_RECORD_MAC;
    if (record_error.name == "record-overflow")
        return GNUTLS_A_RECORD_OVERFLOW;
    if (record_error.name == "record-unexpected")
        return GNUTLS_A_UNEXPECTED_MESSAGE;
    return record_error.name == "record-malformed" ? GNUTLS_A_DECODE_ERROR : GNUTLS_A_INTERNAL_ERROR;
}

RecordProtection::RecordProtection(const TrafficKeys &keys) : impl_(std::make_unique<Impl>()) {
    must_be(keys.key.size() == key_size(keys.cipher), "the key is not of its cipher's length");
    impl_->iv = keys.iv;
    gnutls_aead_cipher_hd_t cipher = nullptr;
    const gnutls_datum_t key = borrow(keys.key.bytes());
    if (gnutls_aead_cipher_init(&cipher, algorithm_of(keys.cipher), &key) < 0)
        throw std::bad_alloc();
    impl_->cipher.reset(cipher);
}

RecordProtection::RecordProtection(RecordProtection &&) noexcept = default;
RecordProtection &RecordProtection::operator=(RecordProtection &&) noexcept = default;
RecordProtection::~RecordProtection() = default;

Result<std::size_t> RecordProtection::seal(std::uint64_t sequence, ContentType type,
                                           std::span<const std::byte> content, std::span<std::byte> room,
                                           std::size_t padding) const {
    must_be(content.size() <= largest_content && padding <= largest_content - content.size(),
            "the content of a record is too long");
    must_be(is_known(type) && (!content.empty() || type == ContentType::application_data),
            "a record of this type is not empty");
    const std::size_t inner = content.size() + 1 + padding;
    const std::size_t payload = inner + tag_size;
    must_be(room.size() >= record_header_size + payload, "too little room for a record");
    if (sequence == last_sequence)
        return exhausted();

    std::byte *start = room.data() + record_header_size;
    if (!content.empty())
        std::memmove(start, content.data(), content.size());
    start[content.size()] = static_cast<std::byte>(type);
    std::fill_n(start + content.size() + 1, padding, std::byte{0});
    const Header header = header_for(payload);
    std::ranges::copy(header, room.begin());
    const auto nonce = impl_->nonce(sequence);
    std::size_t sealed = payload;
    if (gnutls_aead_cipher_encrypt(impl_->cipher.get(), nonce.data(), nonce.size(), header.data(),
                                   header.size(), tag_size, start, inner, start, &sealed) < 0)
        throw std::bad_alloc(); // nothing in it depends on what is sealed
    return record_header_size + payload;
}

Result<RecordProtection::Opened> RecordProtection::open(std::uint64_t sequence,
                                                        std::span<const std::byte> record,
                                                        std::span<std::byte> room) const {
    if (auto refused = refuse_outside(record))
        return std::move(*refused);
    const auto payload = record.subspan(record_header_size);
    must_be(room.size() >= payload.size() - tag_size, "too little room for what is in a record");
    if (sequence == last_sequence)
        return exhausted();
    // The header is authenticated as it came, and is gone when the record is opened over it.
    Header header{};
    std::copy_n(record.begin(), header.size(), header.begin());
    const auto nonce = impl_->nonce(sequence);
    std::size_t size = room.size();
    if (gnutls_aead_cipher_decrypt(impl_->cipher.get(), nonce.data(), nonce.size(), header.data(),
                                   header.size(), tag_size, payload.data(), payload.size(), room.data(),
                                   &size) < 0) {
        std::ranges::fill(room.first(payload.size() - tag_size), std::byte{0});
        return fault("record-corrupt", "a TLS record does not open: it was changed, or its key is another")
            .with("record", std::to_string(sequence));
    }
    size = payload.size() - tag_size;
    if (size > largest_inner)
        return fault("record-overflow", "what is in a TLS record is too long")
            .with("limit", std::to_string(largest_inner))
            .with("seen", std::to_string(size));
    while (size > 0 && room[size - 1] == std::byte{0})
        --size;
    if (size == 0)
        return fault("record-unexpected", "a TLS record has no content type, only padding");
    const auto type = static_cast<ContentType>(room[size - 1]);
    if (!is_known(type) || (size == 1 && type != ContentType::application_data))
        return fault("record-unexpected", "a TLS record has a content type that may not be in it")
            .with("type", std::to_string(std::to_integer<unsigned>(room[size - 1])))
            .with("length", std::to_string(size - 1));
    return Opened{type, room.first(size - 1)};
}

Result<RecordProtection::Opened> RecordProtection::open(std::uint64_t sequence,
                                                        std::span<std::byte> record) const {
    return open(sequence, record, record.subspan(std::min(record.size(), record_header_size)));
}

} // namespace rpctls::tls
