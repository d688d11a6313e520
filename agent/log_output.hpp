// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/fd.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rpctls::agent {

/// Where log entries leave the process. Nothing here ever waits: an entry that is not taken at once (a pipe whose
/// reader sleeps, a full disk, a journal that hangs) is lost and counted, since handshakes matter more. Safe for
/// several threads.
class LogOutput {
public:
    virtual ~LogOutput() = default;
    std::uint64_t lost() const { return lost_; }

protected:
    std::atomic<std::uint64_t> lost_{0};
};

/// Lines on a descriptor of any kind, standard error usually. One write(2) each: lines of several threads do not mix.
class LineOutput final : public LogOutput {
public:
    /// `descriptor` is borrowed. A pipe or terminal is opened a second time, so that only our own end of it does not
    /// block.
    explicit LineOutput(int descriptor);
    void write(std::string_view line);

private:
    bool put(std::string_view line);

    int descriptor_;
    Fd own_;
    bool socket_ = false;
    std::atomic<std::uint64_t> told_{0}; ///< of the lost ones
};

/// The journal's native protocol, by hand because sd_journal_sendv() waits for a journal that does not take.
class JournalOutput final : public LogOutput {
public:
    explicit JournalOutput(std::string path = "/run/systemd/journal/socket");
    /// NAME and value; a name that is given twice makes a list.
    void write(const std::vector<std::pair<std::string, std::string>> &fields);

private:
    std::string path_;
    Fd socket_;
};

} // namespace rpctls::agent
