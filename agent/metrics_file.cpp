// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/metrics_file.hpp"

#include "rpc/base/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace rpctls::agent {

Status write_metrics(const std::filesystem::path &file, std::string_view page) {
    // The collector reads what ends in .prom: a temporary that was left behind is not taken for a page.
    const std::string temporary = file.string() + ".new";
    const auto failed = [&](int number) -> Error {
        ::unlink(temporary.c_str());
        return system_error(Stage::input, "metrics-unwritable",
                            "cannot write the metrics to " + file.string(), number)
            .advise(
                "under systemd rpctlsd writes below /run/rpctls only: put metrics= there and a symbolic link "
                "into the collector's directory, or give it that directory with ReadWritePaths=");
    };
    ::unlink(temporary.c_str());
    const Fd output(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!output.is_open())
        return failed(errno);
    while (!page.empty()) {
        const ssize_t written = ::write(output.get(), page.data(), page.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return failed(written < 0 ? errno : EIO);
        page.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fchmod(output.get(), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) != 0 ||
        ::rename(temporary.c_str(), file.c_str()) != 0)
        return failed(errno);
    return {};
}

} // namespace rpctls::agent
