// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/program.hpp"

#include "rpc/base/deadline.hpp"
#include "rpc/base/fd.hpp"
#include "rpc/base/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

namespace rpctls {

namespace {

constexpr std::size_t most_output = 64 * 1024;

/// Pointers into `words`, as execve(2) takes them.
std::vector<char *> pointers(std::vector<std::string> &words) {
    std::vector<char *> all;
    for (std::string &word : words)
        all.push_back(word.data());
    all.push_back(nullptr);
    return all;
}

/// Messages are read by us, too: the environment, but for the words that would translate them.
std::vector<std::string> environment_in_c() {
    std::vector<std::string> all{"LC_ALL=C"};
    for (char **entry = environ; entry != nullptr && *entry != nullptr; ++entry)
        if (std::strncmp(*entry, "LC_", 3) != 0 && std::strncmp(*entry, "LANG", 4) != 0)
            all.emplace_back(*entry);
    return all;
}

class SpawnSettings {
public:
    explicit SpawnSettings(int output) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
        posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigemptyset(&none);
        sigset_t all;
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        // A group of its own, so that what it started ends with it.
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_,
                                 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    SpawnSettings(const SpawnSettings &) = delete;
    SpawnSettings &operator=(const SpawnSettings &) = delete;
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }

    const posix_spawn_file_actions_t *actions() const { return &actions_; }
    const posix_spawnattr_t *attributes() const { return &attributes_; }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// Until all ends of the pipe are closed or the time is over. What does not fit is read and dropped: a full pipe would
/// stop the program.
bool collect(int pipe, const Deadline &deadline, std::string &output) {
    std::array<char, 4096> room{};
    for (;;) {
        pollfd event{pipe, POLLIN, 0};
        const int ready = ::poll(&event, 1, static_cast<int>(deadline.left().count()));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        const ssize_t n = ::read(pipe, room.data(), room.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return true;
        output.append(room.data(), std::min(static_cast<std::size_t>(n), most_output - output.size()));
    }
}

/// It may have closed its output and gone on.
bool wait_for(pid_t child, const Deadline &deadline, int &status) {
    for (;;) {
        const pid_t ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR))
            return true;
        if (deadline.passed())
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

} // namespace

Result<ProgramResult> run_program(const std::vector<std::string> &words, std::chrono::milliseconds longest) {
    const std::string name = words.front();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return system_error(Stage::kernel, "program-unstartable", "cannot run " + printable(name), errno);
    const Fd reading(ends[0]);
    Fd writing(ends[1]);

    std::vector<std::string> arguments = words;
    std::vector<std::string> environment = environment_in_c();
    const SpawnSettings settings(writing.get());
    pid_t child = -1;
    const int failed = ::posix_spawn(&child, name.c_str(), settings.actions(), settings.attributes(),
                                     pointers(arguments).data(), pointers(environment).data());
    if (failed == ENOENT)
        return system_error(Stage::kernel, "program-missing", printable(name) + " is not installed", failed);
    if (failed != 0)
        return system_error(Stage::kernel, "program-unstartable", "cannot run " + printable(name), failed);
    writing.reset();

    const auto deadline = Deadline::after(longest);
    ProgramResult result;
    int status = 0;
    if (!collect(reading.get(), deadline, result.output) || !wait_for(child, deadline, status)) {
        ::kill(-child, SIGKILL);
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        return Error{Stage::kernel, "program-too-slow", printable(name) + " did not end in time"}.with(
            "waited", std::to_string(longest.count()) + " ms");
    }
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

} // namespace rpctls
