// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/agent_socket.hpp"

#include <sys/stat.h>

namespace rpctls::client {

std::filesystem::path agent_socket(const std::filesystem::path &root, const std::filesystem::path &self) {
    const std::filesystem::path usual = root / "run/rpctls/agent.sock";
    struct stat own {};
    if (::stat(self.c_str(), &own) != 0)
        return usual;
    std::error_code failed;
    std::filesystem::directory_iterator entry(root / "run/netns", failed);
    for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
        struct stat named {};
        if (::stat(entry->path().c_str(), &named) != 0 || named.st_dev != own.st_dev ||
            named.st_ino != own.st_ino)
            continue;
        const auto instance = root / "run/rpctls-netns" / entry->path().filename() / "agent.sock";
        struct stat socket {};
        if (::stat(instance.c_str(), &socket) == 0)
            return instance;
    }
    return usual;
}

} // namespace rpctls::client
