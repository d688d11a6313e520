// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/log_output.hpp"

#include <endian.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace rpctls::agent {

LineOutput::LineOutput(int descriptor) : descriptor_(descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0)
        return;
    socket_ = S_ISSOCK(status.st_mode);
    if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode))
        own_ = Fd(::open(("/proc/self/fd/" + std::to_string(descriptor)).c_str(),
                         O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

bool LineOutput::put(std::string_view line) {
    if (socket_)
        return ::send(descriptor_, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
               static_cast<ssize_t>(line.size());
    const int descriptor = own_.is_open() ? own_.get() : descriptor_;
    return ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

void LineOutput::write(std::string_view line) {
    const std::uint64_t lost = lost_;
    std::uint64_t told = told_;
    // One thread tells, and only when there is something new to tell.
    if (lost > told && told_.compare_exchange_strong(told, lost))
        if (!put("rpctlsd: " + std::to_string(lost - told) + " log entries were lost here\n"))
            told_ = told;
    if (!put(line))
        ++lost_;
}

JournalOutput::JournalOutput(std::string path)
    : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    // As the journal's own library does: long entries fit.
    constexpr int room = 8 * 1024 * 1024;
    (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
}

void JournalOutput::write(const std::vector<std::pair<std::string, std::string>> &fields) {
    std::string entry;
    for (const auto &[name, value] : fields) {
        if (value.find('\n') == std::string::npos) {
            entry += name + "=" + value + "\n";
            continue;
        }
        const std::uint64_t size = ::htole64(value.size());
        char octets[sizeof size];
        std::memcpy(octets, &size, sizeof size);
        entry += name + "\n" + std::string(octets, sizeof octets) + value + "\n";
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), std::min(path_.size(), sizeof address.sun_path - 1));
    // By address each time: a journal that was restarted is found again.
    if (::sendto(socket_.get(), entry.data(), entry.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr *>(&address), sizeof address) < 0)
        ++lost_;
}

} // namespace rpctls::agent
