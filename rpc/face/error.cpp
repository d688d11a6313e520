// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/face/error.hpp"

#include "rpc/base/text.hpp"
#include "rpctls/rpctls.h"

#include <sys/socket.h>

#include <cerrno>
#include <memory>

using namespace rpctls;

struct rpctls_error {
    std::string stage;
    std::string name;
    std::string message;
    std::string hint;
    int number = 0;
    bool connection_ended = false;
};

namespace {

/// As errno is: the one thing of this library that belongs to a thread. A pointer, so that running out of memory can
/// be told without any.
thread_local std::unique_ptr<rpctls_error> last_error;
enum class LackOfMemory { none, noticed, ended_the_connection };
thread_local LackOfMemory lack_of_memory = LackOfMemory::none;

/// Short texts live in the strings themselves: making one takes no memory.
const rpctls_error &no_memory(bool connection_ended) {
    static const rpctls_error error{"input", "out-of-memory", "out of memory", "", ENOMEM, false};
    static const rpctls_error after{"input", "out-of-memory", "out of memory", "", ENOMEM, true};
    return connection_ended ? after : error;
}

} // namespace

namespace rpctls::face {

void forget_error() {
    last_error.reset();
    lack_of_memory = LackOfMemory::none;
}

void remember_lack_of_memory(bool connection_ended) {
    lack_of_memory = connection_ended ? LackOfMemory::ended_the_connection : LackOfMemory::noticed;
}

void end_connection(int fd) noexcept {
    (void)::shutdown(fd, SHUT_RDWR);
}

int failed(const Error &error, bool connection_ended) {
    last_error = std::make_unique<rpctls_error>(rpctls_error{std::string(to_string(error.stage)), error.name,
                                                             printable(summary(error)), printable(error.hint),
                                                             error.system_errno, connection_ended});
    return -1;
}

int senseless(std::string what) {
    return failed(Error{Stage::input, "argument-invalid", std::move(what)}.with_errno(EINVAL));
}

} // namespace rpctls::face

const rpctls_error *rpctls_last_error(void) {
    if (lack_of_memory == LackOfMemory::none)
        return last_error.get();
    return &no_memory(lack_of_memory == LackOfMemory::ended_the_connection);
}

const char *rpctls_error_stage(const rpctls_error *error) {
    return error->stage.c_str();
}

const char *rpctls_error_name(const rpctls_error *error) {
    return error->name.c_str();
}

const char *rpctls_error_message(const rpctls_error *error) {
    return error->message.c_str();
}

const char *rpctls_error_hint(const rpctls_error *error) {
    return error->hint.c_str();
}

int rpctls_error_errno(const rpctls_error *error) {
    return error->number;
}

int rpctls_error_connection_ended(const rpctls_error *error) {
    return error->connection_ended;
}
