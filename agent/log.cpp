// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/log.hpp"

#include "agent/log_output.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/certificate.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace rpctls::agent {

namespace {

std::string_view word(Priority priority) {
    switch (priority) {
    case Priority::error:
        return "error: ";
    case Priority::warning:
        return "warning: ";
    default:
        return "";
    }
}

bool standard_error_is_the_journal() {
    const char *stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (!stream || ::fstat(STDERR_FILENO, &status) != 0)
        return false;
    return stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

} // namespace

Log Log::to_standard_error(bool debug) {
    const auto output = std::make_shared<LineOutput>(STDERR_FILENO);
    Log log([debug, output](Priority priority, const std::string &message, std::span<const LogField>) {
        if (priority == Priority::debug && !debug)
            return;
        std::string line = format_time(std::chrono::system_clock::now()) + " rpctlsd: ";
        line += word(priority);
        line += message + "\n";
        output->write(line);
    });
    log.output_ = output;
    return log;
}

Log Log::to_journal(bool debug) {
    const auto output = std::make_shared<JournalOutput>();
    Log log([debug, output](Priority priority, const std::string &message, std::span<const LogField> fields) {
        if (priority == Priority::debug && !debug)
            return;
        std::vector<std::pair<std::string, std::string>> entry{
            {"MESSAGE", message},
            {"PRIORITY", std::to_string(static_cast<int>(priority))},
            {"SYSLOG_IDENTIFIER", "rpctlsd"}};
        for (const LogField &field : fields)
            entry.emplace_back(field.key, field.value);
        output->write(entry);
    });
    log.output_ = output;
    return log;
}

std::uint64_t Log::lost() const {
    return output_ ? output_->lost() : 0;
}

Log Log::choose(bool force_standard_error, bool debug) {
    return !force_standard_error && standard_error_is_the_journal() ? to_journal(debug)
                                                                    : to_standard_error(debug);
}

std::vector<LogField> fields_of(const Error &error) {
    std::vector<LogField> fields{{"RPCTLS_STAGE", std::string(to_string(error.stage))},
                                 {"RPCTLS_CAUSE", error.name}};
    if (!error.hint.empty())
        fields.push_back({"RPCTLS_HINT", printable(error.hint)});
    return fields;
}

void Log::write(Priority priority, std::string_view before, const Error &error) const {
    std::string message(before);
    message += printable(summary(error));
    if (!error.hint.empty())
        message += "; hint: " + printable(error.hint);
    write(priority, message, fields_of(error));
}

} // namespace rpctls::agent
