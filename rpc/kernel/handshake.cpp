// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/handshake.hpp"

#include "rpc/kernel/handshake_message.hpp"
#include "rpc/kernel/handshake_uapi.hpp"
#include "rpc/kernel/nl_handles.hpp"

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <array>
#include <cerrno>
#include <mutex>

namespace rpctls::kernel {

namespace {

/// The kernel runs a generic-netlink request within the sender's sendto(2), so the answer is there when that returns.
/// This is only the bound for a kernel that would some day do otherwise.
constexpr int answer_timeout_ms = 2000;

using Buffer = std::array<std::byte, 16384>;

Error nl_error(std::string name, std::string what, int code) {
    Error error;
    error.stage = Stage::kernel;
    error.name = std::move(name);
    error.what = std::move(what);
    return std::move(error).with("netlink", nl_geterror(code));
}

Error no_permission() {
    return system_error(Stage::kernel, "no-permission", "the kernel's handshake service is closed to us",
                        EPERM)
        .advise("run rpctlsd as root, or with CAP_NET_ADMIN outside any user namespace");
}

Result<NlSocket> open_socket() {
    NlSocket socket(nl_socket_alloc());
    if (!socket)
        return system_error(Stage::kernel, "netlink-unavailable", "cannot make a netlink socket", ENOMEM);
    if (const int code = genl_connect(socket.get()); code != 0)
        return nl_error("netlink-unavailable", "cannot make a netlink socket", code);
    return socket;
}

Result<NlSocket> adopt_socket(Fd descriptor) {
    NlSocket socket(nl_socket_alloc());
    if (!socket)
        return system_error(Stage::kernel, "netlink-unavailable", "cannot make a netlink socket", ENOMEM);
    if (const int code = nl_socket_set_fd(socket.get(), NETLINK_GENERIC, descriptor.get()); code != 0)
        return nl_error("netlink-unavailable", "cannot use the netlink socket that was kept for us", code);
    (void)descriptor.release(); // libnl closes it from here on
    return socket;
}

/// One message from the kernel; absent when there is none. Others could send to our port: those are dropped.
Result<std::optional<std::span<const std::byte>>> receive(nl_sock *socket, Buffer &buffer) {
    for (;;) {
        sockaddr_nl from{};
        socklen_t length = sizeof from;
        const ssize_t n = ::recvfrom(nl_socket_get_fd(socket), buffer.data(), buffer.size(),
                                     MSG_DONTWAIT | MSG_TRUNC, reinterpret_cast<sockaddr *>(&from), &length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return std::optional<std::span<const std::byte>>();
        if (n < 0)
            return system_error(Stage::kernel, "netlink-failed",
                                "cannot read from the kernel's handshake service", errno);
        if (from.nl_pid != 0 || static_cast<std::size_t>(n) > buffer.size())
            continue;
        return std::optional(std::span<const std::byte>(buffer.data(), static_cast<std::size_t>(n)));
    }
}

/// Sends a request and waits for the answer to it; answers to older ones are dropped.
Result<NetlinkAnswer> exchange(nl_sock *socket, std::span<const std::byte> request, std::uint32_t sequence,
                               Buffer &buffer) {
    if (const int code = nl_sendto(socket, const_cast<std::byte *>(request.data()), request.size()); code < 0)
        return nl_error("netlink-failed", "cannot write to the kernel's handshake service", code);
    for (;;) {
        auto octets = receive(socket, buffer);
        if (!octets)
            return std::move(octets).error();
        if (!*octets) {
            pollfd ready{nl_socket_get_fd(socket), POLLIN, 0};
            const int n = ::poll(&ready, 1, answer_timeout_ms);
            if (n == 0)
                return system_error(Stage::kernel, "netlink-failed",
                                    "the kernel's handshake service does not answer", ETIMEDOUT);
            continue;
        }
        auto rest = **octets;
        while (auto answer = next_answer(rest))
            if (answer->sequence == sequence)
                return *answer;
    }
}

Error request_error(int number) {
    if (number == EPERM)
        return no_permission();
    if (number == EMFILE || number == ENFILE)
        return system_error(Stage::kernel, "descriptors-exhausted",
                            "no descriptor is left for a handshake request", number)
            .advise("raise the limit on open files (LimitNOFILE= in rpctlsd.service)");
    return system_error(Stage::kernel, "accept-failed", "the kernel refused to hand over a handshake request",
                        number);
}

} // namespace

struct HandshakeService::Impl {
    NlSocket notifications; ///< in the group; nothing is ever sent on it
    NlSocket requests;      ///< ACCEPT
    NlSocket outcomes;      ///< DONE, for whoever holds the lock
    int family = 0;
    int group = 0;
    std::uint32_t accept_sequence = 0;
    std::uint32_t done_sequence = 0;
    std::mutex done_lock;
    bool takes_tags = false;

    Status check_permission();
    Result<bool> ask_for_tags();
    Status report(int sockfd, const HandshakeOutcome &outcome);
};

HandshakeService::HandshakeService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HandshakeService::HandshakeService(HandshakeService &&) noexcept = default;
HandshakeService &HandshakeService::operator=(HandshakeService &&) noexcept = default;
HandshakeService::~HandshakeService() = default;

Result<HandshakeService> HandshakeService::open(Fd listener) {
    auto impl = std::make_unique<Impl>();
    for (NlSocket *socket : {&impl->notifications, &impl->requests, &impl->outcomes}) {
        auto opened = socket == &impl->notifications && listener.is_open() ? adopt_socket(std::move(listener))
                                                                           : open_socket();
        if (!opened)
            return std::move(opened).error();
        *socket = std::move(*opened);
    }
    impl->family = genl_ctrl_resolve(impl->requests.get(), uapi::family_name);
    if (impl->family >= 0)
        impl->group = genl_ctrl_resolve_grp(impl->requests.get(), uapi::family_name, uapi::group_tlshd);
    if (impl->family < 0 || impl->group < 0) {
        utsname kernel{};
        ::uname(&kernel);
        return nl_error("handshake-family-missing", "this kernel has no TLS handshake service",
                        impl->family < 0 ? impl->family : impl->group)
            .with("kernel", kernel.release)
            .advise("use a kernel of 6.5 or newer, built with CONFIG_NET_HANDSHAKE");
    }
    if (auto allowed = impl->check_permission(); !allowed)
        return std::move(allowed).error();
    auto tags = impl->ask_for_tags();
    if (!tags)
        return std::move(tags).error();
    impl->takes_tags = *tags;
    return HandshakeService(std::move(impl));
}

/// Asks for a request of the class that nothing belongs to: shows whether we may ask, and takes nothing.
Status HandshakeService::Impl::check_permission() {
    Buffer buffer;
    const auto message = build_accept(family, ++accept_sequence, uapi::handler_class_none);
    auto answer = exchange(requests.get(), message, accept_sequence, buffer);
    if (!answer)
        return std::move(answer).error();
    if (answer->error == EPERM || answer->error == EACCES)
        return no_permission();
    return {};
}

/// Reports a socket that cannot be: EBADF from a kernel that knows every attribute of the report; one that does not know
/// tags says EINVAL before it looks at the socket. Nothing changes in either case.
Result<bool> HandshakeService::Impl::ask_for_tags() {
    Buffer buffer;
    const auto message =
        build_done(family, ++done_sequence, -1, {.status = EIO, .remote_auth = {}, .tags = {"probe"}});
    auto answer = exchange(outcomes.get(), message, done_sequence, buffer);
    if (!answer)
        return std::move(answer).error();
    return answer->error == EBADF;
}

bool HandshakeService::takes_tags() const {
    return impl_->takes_tags;
}

Status HandshakeService::join() {
    if (const int code = nl_socket_add_membership(impl_->notifications.get(), impl_->group); code != 0)
        return nl_error("join-failed", "cannot join the kernel's group of handshake agents", code)
            .advise("run rpctlsd as root, or with CAP_NET_ADMIN");
    return {};
}

void HandshakeService::leave() {
    nl_socket_drop_membership(impl_->notifications.get(), impl_->group);
}

int HandshakeService::notification_fd() const {
    return nl_socket_get_fd(impl_->notifications.get());
}

Result<bool> HandshakeService::read_notifications() {
    Buffer buffer;
    bool waiting = false;
    for (;;) {
        auto octets = receive(impl_->notifications.get(), buffer);
        if (!octets) {
            // The queue overflowed: announcements are lost, so requests may be waiting.
            if (octets.error().system_errno != ENOBUFS)
                return std::move(octets).error();
            waiting = true;
            continue;
        }
        if (!*octets)
            return waiting;
        auto rest = **octets;
        while (auto answer = next_answer(rest))
            waiting = waiting || is_ready_notification(answer->message, impl_->family);
    }
}

Result<std::optional<HandshakeRequest>> HandshakeService::accept() {
    Buffer buffer;
    const auto message = build_accept(impl_->family, ++impl_->accept_sequence, uapi::handler_class_tlshd);
    auto answer = exchange(impl_->requests.get(), message, impl_->accept_sequence, buffer);
    if (!answer)
        return std::move(answer).error();
    if (answer->error == EAGAIN)
        return std::optional<HandshakeRequest>();
    if (answer->error)
        return request_error(*answer->error);

    std::optional<int> sockfd_of_broken;
    auto reply = parse_accept_reply(answer->message, sockfd_of_broken);
    if (!reply) {
        if (sockfd_of_broken && *sockfd_of_broken >= 0) {
            const Fd closed_afterwards(*sockfd_of_broken);
            (void)impl_->report(closed_afterwards.get(), {.status = EINVAL, .remote_auth = {}, .tags = {}});
        }
        return std::move(reply).error();
    }
    reply->request.socket = Fd(*reply->sockfd);
    return std::optional(std::move(reply->request));
}

Status HandshakeService::done(HandshakeRequest request, const HandshakeOutcome &outcome) {
    return impl_->report(request.socket.get(), outcome);
}

Status HandshakeService::Impl::report(int sockfd, const HandshakeOutcome &outcome) {
    const std::lock_guard lock(done_lock);
    Buffer buffer;
    HandshakeOutcome told = outcome;
    if (!takes_tags)
        told.tags.clear();
    const auto message = build_done(family, ++done_sequence, sockfd, told);
    auto answer = exchange(outcomes.get(), message, done_sequence, buffer);
    if (!answer)
        return std::move(answer).error();
    const int number = answer->error.value_or(0);
    if (number == EBUSY)
        return system_error(Stage::kernel, "handshake-cancelled",
                            "the kernel no longer waits for this handshake", 0);
    if (number != 0)
        return system_error(Stage::kernel, "done-failed", "the kernel refused the outcome of a handshake",
                            number);
    return {};
}

} // namespace rpctls::kernel
