// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/asio.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/base/result.hpp"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

namespace rpctls::agent {

/// The control socket: carries messages and knows who sends them, not what they mean. Runs on one io_context, never
/// blocks it; clients are bounded in number, message size and time.
class ControlServer {
public:
    static constexpr std::size_t most_clients = 32;
    static constexpr std::chrono::seconds idle_time{10};

    /// Sends the answer of the request it was made for; may be called later, but on the same io_context.
    using Answer = std::function<void(std::string)>;
    using Handler = std::function<void(uid_t sender, std::string_view request, Answer answer)>;

    /// Binds `path` (mode 0666: each operation decides by the sender's uid). A socket file that nobody listens on is
    /// replaced. Errors (stage kernel): agent-already-running, control-socket-failed.
    static Result<std::unique_ptr<ControlServer>> open(asio::io_context &context, std::filesystem::path path,
                                                       Handler handler);
    ~ControlServer();

private:
    class Client;
    ControlServer(asio::io_context &context, Fd socket, std::filesystem::path path, Handler handler);
    void wait();
    void accept();

    asio::io_context &context_;
    asio::posix::stream_descriptor listener_;
    asio::steady_timer pause_;
    std::filesystem::path path_;
    Handler handler_;
    std::unordered_set<std::shared_ptr<Client>> clients_;
};

} // namespace rpctls::agent
