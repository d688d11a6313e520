// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls::agent {

/// syslog(3)'s numbers.
enum class Priority { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

/// A journal field, e.g. {"RPCTLS_PEER", "nfs1.example"}.
using LogField = Fact;

class LogOutput;

/// Where messages go. Everything in them that a peer may have written has been through printable() before. May be
/// called by any thread when its sink may.
class Log {
public:
    using Sink = std::function<void(Priority, const std::string &message, std::span<const LogField>)>;

    explicit Log(Sink sink) : sink_(std::move(sink)) {}
    /// Lines on standard error, with the time.
    static Log to_standard_error(bool debug);
    /// The journal, with fields.
    static Log to_journal(bool debug);
    /// The journal when standard error leads there (JOURNAL_STREAM in sd_journal_print(3)), else standard error.
    static Log choose(bool force_standard_error, bool debug);

    void write(Priority priority, const std::string &message, std::span<const LogField> fields = {}) const {
        sink_(priority, message, fields);
    }
    /// The error's summary and, as a second sentence, its hint; `before` stands in front.
    void write(Priority priority, std::string_view before, const Error &error) const;

    /// Entries that could not be written.
    std::uint64_t lost() const;

private:
    Sink sink_;
    std::shared_ptr<const LogOutput> output_; ///< absent when the sink is somebody else's
};

/// The fields that tell of an error: stage, cause, hint.
std::vector<LogField> fields_of(const Error &error);

} // namespace rpctls::agent
