// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/file_sender.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>

namespace rpctls {

namespace {

constexpr std::size_t window_size = 64 << 10;

Error too_short(const FileRange &range) {
    // The file's size, if it says so; a read at its end is proof enough.
    if (auto whole = range.check(); !whole)
        return std::move(whole).error();
    return Error{Stage::input, "file-too-short", "a file ends before the octets that are to be sent"};
}

/// sendfile(2) knows no MSG_NOSIGNAL: what it raises in this thread is taken back before anybody sees it.
class SigpipeHeld {
public:
    SigpipeHeld() {
        sigset_t pending;
        ::sigemptyset(&sigpipe_);
        ::sigaddset(&sigpipe_, SIGPIPE);
        ::sigpending(&pending);
        is_others_ = ::sigismember(&pending, SIGPIPE) == 1;
        if (!is_others_)
            ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    }
    ~SigpipeHeld() {
        if (is_others_)
            return;
        // It may have been raised in a call that had sent something before, and so succeeded.
        const int number = errno;
        const timespec at_once{};
        while (::sigtimedwait(&sigpipe_, nullptr, &at_once) < 0 && errno == EINTR) {
        }
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        errno = number;
    }
    SigpipeHeld(const SigpipeHeld &) = delete;
    SigpipeHeld &operator=(const SigpipeHeld &) = delete;

private:
    sigset_t sigpipe_{}, before_{};
    bool is_others_ = false; ///< pending, and so blocked, before
};

/// Absent: it must go through memory. sendfile(2) waits unless the socket itself is told not to, and not every file system
/// has it; of its errors those that may be the file's are left to read(2) and send(2), which tell whose they are.
std::optional<ssize_t> send_directly(int socket, const FileRange &range) {
    if ((::fcntl(socket, F_GETFL) & O_NONBLOCK) == 0)
        return std::nullopt;
    auto offset = static_cast<off_t>(range.offset());
    const SigpipeHeld held;
    const ssize_t sent = ::sendfile(socket, range.fd(), &offset, std::min(range.size(), most_of_file));
    if (sent < 0 &&
        (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP || errno == EOVERFLOW || errno == EIO))
        return std::nullopt;
    return sent;
}

} // namespace

Result<std::span<const std::byte>> FileWindow::next(const FileRange &range) {
    if (!holds_octets()) {
        room_.resize(window_size);
        const std::size_t wanted = std::min(range.size(), room_.size());
        ssize_t got = 0;
        do
            got = ::pread(range.fd(), room_.data(), wanted, static_cast<off_t>(range.offset()));
        while (got < 0 && errno == EINTR);
        if (got < 0)
            return system_error(Stage::input, "file-unreadable", "octets of a file cannot be sent", errno);
        if (got == 0)
            return too_short(range);
        begin_ = 0;
        end_ = static_cast<std::size_t>(got);
        behind_ = range.size() - end_;
    }
    return std::span<const std::byte>(room_).subspan(begin_, end_ - begin_);
}

void FileWindow::taken(std::size_t count) {
    begin_ += std::min(count, end_ - begin_);
    if (begin_ == end_ && behind_ == 0)
        *this = {};
}

Result<ssize_t> FileSender::send(int socket, const FileRange &range) {
    if (!window_.holds_octets())
        if (const auto sent = send_directly(socket, range)) {
            if (*sent == 0)
                return too_short(range);
            return *sent;
        }
    const auto octets = window_.next(range);
    if (!octets)
        return octets.error();
    const ssize_t sent = ::send(socket, octets->data(), octets->size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0)
        window_.taken(static_cast<std::size_t>(sent));
    return sent;
}

} // namespace rpctls
