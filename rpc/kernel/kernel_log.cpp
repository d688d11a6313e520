// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/kernel_log.hpp"

#include "rpc/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

namespace rpctls::kernel {

namespace {

constexpr std::size_t longest_record = 8192; // the kernel's own limit
constexpr std::size_t most_records = 10000;  // a log that fills as fast as it is read is not read for ever
constexpr std::size_t most_messages = 4;
constexpr std::size_t longest_message = 240;

/// How the messages begin: "nfs: Unknown parameter 'x'", "NFS4: …", "RPC: …", "tls_…".
constexpr std::array<std::string_view, 6> subjects{"nfs", "rpc", "sunrpc", "handshake", "tls", "svc"};

} // namespace

std::string message_about_mounts(std::string_view record) {
    // "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS;MESSAGE\n KEY=VALUE\n". The kernel's own have a priority below 8: the facility
    // of programs that write here comes on top.
    const auto semicolon = record.find(';');
    if (semicolon == std::string_view::npos)
        return {};
    const auto priority = parse_number(record.substr(0, record.find(',')));
    if (!priority || *priority >= 8)
        return {};
    auto message = record.substr(semicolon + 1);
    message = trimmed(message.substr(0, message.find('\n')));
    const auto begins = lower_case(message.substr(0, 16));
    if (std::none_of(subjects.begin(), subjects.end(),
                     [&](std::string_view subject) { return begins.starts_with(subject); }))
        return {};
    return printable(message.substr(0, longest_message));
}

KernelLog::KernelLog() : file_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    if (file_.is_open())
        ::lseek(file_.get(), 0, SEEK_END);
}

std::vector<std::string> KernelLog::messages_about_mounts() const {
    std::vector<std::string> messages;
    std::array<char, longest_record> record;
    for (std::size_t count = 0; file_.is_open() && count < most_records; ++count) {
        const auto got = ::read(file_.get(), record.data(), record.size());
        if (got < 0 &&
            (errno == EPIPE || errno == EINTR)) // what was next has been overwritten: go on behind it
            continue;
        if (got <= 0)
            break;
        auto message = message_about_mounts({record.data(), static_cast<std::size_t>(got)});
        if (message.empty() || std::find(messages.begin(), messages.end(), message) != messages.end())
            continue;
        if (messages.size() == most_messages)
            messages.erase(messages.begin());
        messages.push_back(std::move(message));
    }
    return messages;
}

} // namespace rpctls::kernel
