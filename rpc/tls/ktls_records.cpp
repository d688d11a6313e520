// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/ktls_records.hpp"

#include "rpc/tls/control_records.hpp"

#include <linux/tls.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

namespace rpctls::tls {

namespace {

/// The kernel takes 1024 (UIO_MAXIOV); callers come again for the rest.
constexpr std::size_t most_pieces = 64;

union ControlBuffer {
    cmsghdr alignment;
    char octets[CMSG_SPACE(sizeof(unsigned char))];
};

} // namespace

KernelRecord receive_kernel_record(int fd, std::span<std::byte> room) {
    iovec piece{room.data(), room.size()};
    ControlBuffer control{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.octets;
    message.msg_controllen = sizeof control.octets;
    KernelRecord record;
    record.count = ::recvmsg(fd, &message, MSG_DONTWAIT);
    if (record.count < 0)
        return record;
    for (cmsghdr *entry = CMSG_FIRSTHDR(&message); entry != nullptr; entry = CMSG_NXTHDR(&message, entry))
        if (entry->cmsg_level == SOL_TLS && entry->cmsg_type == TLS_GET_RECORD_TYPE) {
            unsigned char type = 0;
            std::memcpy(&type, CMSG_DATA(entry), sizeof type);
            record.type = type;
        }
    // Kernels may leave the type out where it is the usual one.
    if (!record.type && record.count > 0)
        record.type = record_type_data;
    return record;
}

ssize_t send_through_kernel(int fd, std::span<const std::span<const std::byte>> pieces, bool more) {
    std::array<iovec, most_pieces> vector;
    std::size_t used = 0;
    for (const auto &piece : pieces.first(std::min(pieces.size(), vector.size())))
        vector[used++] = {const_cast<std::byte *>(piece.data()), piece.size()};
    msghdr message{};
    message.msg_iov = vector.data();
    message.msg_iovlen = used;
    return ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

bool send_kernel_alert(int fd, bool fatal, unsigned alert) {
    std::array<unsigned char, 2> octets{static_cast<unsigned char>(fatal ? 2 : 1),
                                        static_cast<unsigned char>(alert)};
    iovec piece{octets.data(), octets.size()};
    ControlBuffer control{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.octets;
    message.msg_controllen = sizeof control.octets;
    cmsghdr *entry = CMSG_FIRSTHDR(&message);
    entry->cmsg_level = SOL_TLS;
    entry->cmsg_type = TLS_SET_RECORD_TYPE;
    entry->cmsg_len = CMSG_LEN(sizeof record_type_alert);
    std::memcpy(CMSG_DATA(entry), &record_type_alert, sizeof record_type_alert);
    return ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == static_cast<ssize_t>(octets.size());
}

} // namespace rpctls::tls
