// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/control.hpp"

#include "agent/control_receive.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace rpctls::agent {

using WaitType = asio::posix::stream_descriptor::wait_type;

/// One connection: a message in, its answer out, and again.
class ControlServer::Client : public std::enable_shared_from_this<Client> {
public:
    Client(ControlServer &server, Fd socket, ControlSender sender)
        : server_(server), socket_(server.context_, socket.release()), idle_(server.context_),
          sender_(std::move(sender)) {}

    const ControlSender &sender() const { return sender_; }
    bool waits_long() const { return static_cast<bool>(left_); }

    void wait() {
        idle_.expires_after(idle_time);
        idle_.async_wait([self = weak_from_this()](const ErrorCode &cancelled) {
            if (const auto client = self.lock(); client && !cancelled)
                client->leave();
        });
        socket_.async_wait(WaitType::wait_read, [self = shared_from_this()](const ErrorCode &failed) {
            if (!failed)
                self->receive();
        });
    }

    void leave() {
        if (gone_)
            return;
        end();
        server_.clients_.erase(shared_from_this());
    }

    /// For a server that goes: it forgets its clients itself.
    void end() {
        gone_ = true;
        drop_unread(socket_.native_handle());
        ErrorCode ignored;
        socket_.close(ignored);
        idle_.cancel();
        if (const auto left = std::exchange(left_, nullptr))
            left();
    }

private:
    void receive() {
        auto received = receive_control_message(socket_.native_handle());
        if (received.nothing)
            return wait();
        if (received.text.empty())
            return leave();
        Message message{sender_,
                        received.text,
                        std::move(received.descriptors),
                        received.descriptors_lost,
                        [self = weak_from_this()](const std::string &answer) {
                            if (const auto client = self.lock(); client && !client->gone_)
                                client->send(answer);
                        },
                        [self = weak_from_this()](std::function<void()> gone) {
                            if (const auto client = self.lock(); client && !client->gone_)
                                client->expect_long(std::move(gone));
                        }};
        server_.handler_(std::move(message));
    }

    void expect_long(std::function<void()> gone) {
        left_ = std::move(gone);
        idle_.cancel();
        socket_.async_wait(WaitType::wait_read, [self = shared_from_this()](const ErrorCode &failed) {
            // The end of the stream; or a second request before the answer to the first, which is as good as none.
            if (!failed && self->left_)
                self->leave();
        });
    }

    void send(const std::string &answer) {
        if (std::exchange(left_, nullptr)) {
            ErrorCode ignored;
            socket_.cancel(ignored);
        }
        const ssize_t n =
            ::send(socket_.native_handle(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        // One request at a time and an answer smaller than the socket's buffer: who does not take it is gone.
        if (n < 0)
            return leave();
        if (!server_.listener_.is_open())
            return leave();
        wait();
    }

    ControlServer &server_;
    asio::posix::stream_descriptor socket_;
    asio::steady_timer idle_;
    ControlSender sender_;
    std::function<void()> left_; ///< while a long answer is awaited
    bool gone_ = false;
};

namespace {

Error failed(const std::filesystem::path &path, int number) {
    return system_error(Stage::kernel, "control-socket-failed",
                        "cannot open the control socket " + path.string(), number);
}

Result<sockaddr_un> address_of(const std::filesystem::path &path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path)
        return failed(path, ENAMETOOLONG);
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    return address;
}

Result<Fd> listen_at(const std::filesystem::path &path) {
    const auto address = address_of(path);
    if (!address)
        return address.error();
    const auto *generic = reinterpret_cast<const sockaddr *>(&*address);
    constexpr int kind = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
    {
        const Fd other(::socket(AF_UNIX, kind, 0));
        if (::connect(other.get(), generic, sizeof *address) == 0 || errno == EAGAIN)
            return system_error(Stage::kernel, "agent-already-running",
                                "another agent listens on " + path.string(), 0)
                .advise("stop it first, or give this one a --runtime-directory of its own");
    }
    ::unlink(path.c_str());
    Fd socket(::socket(AF_UNIX, kind, 0));
    if (!socket.is_open() || ::bind(socket.get(), generic, sizeof *address) != 0 ||
        ::chmod(path.c_str(), 0666) != 0 || ::listen(socket.get(), ControlServer::most_clients) != 0)
        return failed(path, errno);
    return socket;
}

Fd accept_client(int listener) {
    return Fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

} // namespace

ControlServer::ControlServer(asio::io_context &context, Fd socket, std::filesystem::path path,
                             Handler handler)
    : context_(context), listener_(context, socket.release()), pause_(context), path_(std::move(path)),
      handler_(std::move(handler)) {
    wait();
}

ControlServer::~ControlServer() {
    stop();
    for (const auto &client : clients_)
        client->end();
}

void ControlServer::stop() {
    if (!listener_.is_open())
        return;
    ::unlink(path_.c_str());
    for (std::size_t i = 0; i <= most_clients; ++i) // as many as listen() lets wait
        if (const Fd waiting = accept_client(listener_.native_handle()); waiting.is_open())
            drop_unread(waiting.get());
    ErrorCode ignored;
    listener_.close(ignored);
    pause_.cancel();
    for (const auto &client : std::vector(clients_.begin(), clients_.end()))
        if (!client->waits_long())
            client->leave();
}

Result<std::unique_ptr<ControlServer>> ControlServer::open(asio::io_context &context,
                                                           std::filesystem::path path, Handler handler) {
    auto socket = listen_at(path);
    if (!socket)
        return std::move(socket).error();
    return std::unique_ptr<ControlServer>(
        new ControlServer(context, std::move(*socket), std::move(path), std::move(handler)));
}

void ControlServer::wait() {
    listener_.async_wait(WaitType::wait_read, [this](const ErrorCode &failed) {
        if (!failed)
            accept();
    });
}

void ControlServer::accept() {
    Fd socket = accept_client(listener_.native_handle());
    if (!socket.is_open() && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        // Out of descriptors or memory: the connection stays in the queue, so waiting for it would spin.
        pause_.expires_after(std::chrono::seconds(1));
        pause_.async_wait([this](const ErrorCode &cancelled) {
            if (!cancelled)
                wait();
        });
        return;
    }
    if (socket.is_open())
        if (auto sender = sender_of(socket.get()); sender && has_room_for(sender->uid)) {
            const auto client = std::make_shared<Client>(*this, std::move(socket), std::move(*sender));
            clients_.insert(client);
            client->wait();
        }
    if (socket.is_open())
        drop_unread(socket.get());
    wait();
}

bool ControlServer::has_room_for(uid_t sender) const {
    std::size_t all = 0, users = 0, same = 0;
    for (const auto &client : clients_) {
        if (client->waits_long())
            continue;
        ++all;
        users += client->sender().uid != 0;
        same += client->sender().uid == sender;
    }
    return all < most_clients && (sender == 0 || (users < most_of_users && same < most_of_one_user));
}

} // namespace rpctls::agent
