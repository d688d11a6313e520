// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/passphrase.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "tlsctl/cli/command.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

namespace rpctls::tlsctl {

namespace {

constexpr std::size_t longest = 1024;

/// No echo on a terminal while it lives.
class Hidden {
public:
    explicit Hidden(int fd) : fd_(fd) {
        if (::tcgetattr(fd, &before_) != 0)
            return;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = ::tcsetattr(fd, TCSAFLUSH, &quiet) == 0;
    }
    Hidden(const Hidden &) = delete;
    Hidden &operator=(const Hidden &) = delete;
    ~Hidden() {
        if (changed_)
            ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }

private:
    int fd_;
    bool changed_ = false;
    termios before_{};
};

Status write_to(int fd, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return system_error(Stage::kernel, "terminal-missing", "cannot write to the terminal", errno);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
}

Result<Fd> terminal() {
    Fd fd(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!fd.is_open())
        return system_error(Stage::kernel, "terminal-missing",
                            "there is no terminal to show the passphrase on", errno)
            .advise("let it be written to a file, or give one with --passphrase-file");
    return fd;
}

/// Up to the first line's end, or the end of the input.
Result<Secret> read_line(int fd, const std::string &origin) {
    const auto failed = [&](int number) {
        return system_error(Stage::input, "passphrase-unreadable",
                            "cannot read the passphrase from " + origin, number);
    };
    std::optional<Hidden> hidden;
    if (::isatty(fd) == 1) {
        hidden.emplace(fd);
        if (const Fd tty(::open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC)); tty.is_open())
            (void)write_to(tty.get(), as_bytes("Passphrase (not shown): "));
    }
    Secret line(longest + 2);
    std::size_t used = 0;
    while (used < line.size()) {
        const ssize_t n = ::read(fd, line.bytes().data() + used, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(errno);
        if (n == 0 || line.bytes()[used] == std::byte{'\n'})
            break;
        ++used;
    }
    line.shrink(used);
    return line;
}

/// The first line's contents, checked.
Result<std::optional<Secret>> checked(Result<Secret> read, const std::string &origin) {
    if (!read)
        return std::move(read).error();
    std::string_view text = as_text(read->bytes());
    text = text.substr(0, text.find('\n'));
    if (text.ends_with('\r'))
        text.remove_suffix(1);
    if (text.empty())
        return Error{Stage::input, "passphrase-empty", "there is no passphrase in " + origin}.advise(
            "write it as the first line");
    if (text.size() > longest)
        return Error{Stage::input, "passphrase-too-long", "the passphrase in " + origin + " is too long"}
            .with("at most", std::to_string(longest));
    read->shrink(text.size());
    return std::optional(std::move(*read));
}

std::filesystem::path credential_path(const std::string &name) {
    const char *directory = ::secure_getenv("CREDENTIALS_DIRECTORY");
    return directory == nullptr || name.empty() ? std::filesystem::path()
                                                : std::filesystem::path(directory) / name;
}

} // namespace

void add_passphrase_options(Command command, PassphraseSource &source, const std::string &prefix,
                            const std::string &of) {
    const Option file =
        command
            .add_option("--" + prefix + "passphrase-file", source.file,
                        "The passphrase of " + of + " is the first line of this file (- for stdin)")
            .type_name("FILE|-");
    command
        .add_option("--" + prefix + "passphrase-fd", source.fd,
                    "The same, from a file descriptor that is open already")
        .type_name("N")
        .between(0, 1 << 20)
        .excludes(file);
}

Result<std::optional<Secret>> read_passphrase(const PassphraseSource &source) {
    if (source.fd || source.file == "-") {
        const std::string origin =
            source.fd ? "file descriptor " + std::to_string(*source.fd) : "standard input";
        return checked(read_line(source.fd.value_or(STDIN_FILENO), origin), origin);
    }
    auto path = std::filesystem::path(source.file);
    std::error_code ignored;
    if (path.empty())
        path = credential_path(source.credential);
    if (path.empty() || (source.file.empty() && !std::filesystem::exists(path, ignored)))
        return std::optional<Secret>();
    return checked(read_secret_file(path, 2 * longest), path.string());
}

Result<Secret> generate_passphrase() {
    // Crockford's alphabet: neither i, l, o nor u.
    static constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    constexpr std::size_t groups = 5;
    constexpr std::size_t group = 5;
    Secret random(groups * group);
    if (::getrandom(random.bytes().data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
        return system_error(Stage::kernel, "random-missing", "the kernel gives no random numbers", errno);
    Secret text(groups * group + groups - 1);
    std::size_t at = 0;
    for (std::size_t i = 0; i < random.size(); ++i) {
        if (i != 0 && i % group == 0)
            text.bytes()[at++] = std::byte{'-'};
        text.bytes()[at++] =
            std::byte(alphabet[std::to_integer<unsigned>(random.bytes()[i]) % alphabet.size()]);
    }
    return text;
}

Status check_terminal() {
    auto fd = terminal();
    return fd ? Status() : Status(std::move(fd).error());
}

Status show_on_terminal(const std::string &label, const Secret &passphrase) {
    auto fd = terminal();
    if (!fd)
        return std::move(fd).error();
    for (const auto part : {as_bytes(label), passphrase.bytes(), as_bytes("\n")})
        if (auto written = write_to(fd->get(), part); !written)
            return written;
    return {};
}

} // namespace rpctls::tlsctl
