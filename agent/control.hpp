// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/asio.hpp"

#include "rpc/base/fd.hpp"
#include "rpctls/result.hpp"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace rpctls::agent {

/// Who is at the other end, as the kernel knows it since the connection was made.
struct ControlSender {
    uid_t uid{};
    gid_t gid{};
    pid_t pid{};
    std::vector<gid_t> groups; ///< supplementary ones
};

/// The control socket: carries messages and knows who sends them, not what they mean. Runs on one io_context, never
/// blocks it; clients are bounded in number, message size and time.
class ControlServer {
public:
    static constexpr std::size_t most_clients = 32;
    /// Of these for one user other than root, so that root always gets through.
    static constexpr std::size_t most_of_one_user = 8;
    static constexpr std::size_t most_of_users = 24;
    static constexpr std::chrono::seconds idle_time{10};

    /// Sends the answer of the request it was made for; may be called later, but on the same io_context.
    using Answer = std::function<void(std::string)>;
    /// One message and the way back to whoever sent it.
    struct Message {
        const ControlSender &sender;
        std::string_view text; ///< until the handler returns
        std::vector<Fd> descriptors;
        bool descriptors_lost = false; ///< there were more than anybody needs, or than this process may have
        Answer answer;
        /// Says that the answer will take its time: the client then neither counts among the most nor is idle. `gone`
        /// is called if it leaves, or sends anything, before its answer.
        std::function<void(std::function<void()> gone)> expect_long;
    };
    using Handler = std::function<void(Message)>;

    /// Binds `path` (mode 0666: each operation decides by the sender's uid). A socket file that nobody listens on is
    /// replaced. Errors (stage kernel): agent-already-running, control-socket-failed.
    static Result<std::unique_ptr<ControlServer>> open(asio::io_context &context, std::filesystem::path path,
                                                       Handler handler);
    ~ControlServer();

    /// Takes nobody in any more, and the socket's file away; those whose answer takes its time may still get it.
    void stop();

private:
    class Client;
    ControlServer(asio::io_context &context, Fd socket, std::filesystem::path path, Handler handler);
    void wait();
    void accept();
    bool has_room_for(uid_t sender) const;

    asio::io_context &context_;
    asio::posix::stream_descriptor listener_;
    asio::steady_timer pause_;
    std::filesystem::path path_;
    Handler handler_;
    std::unordered_set<std::shared_ptr<Client>> clients_;
};

} // namespace rpctls::agent
