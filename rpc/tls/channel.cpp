// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/channel.hpp"

#include "rpc/base/file_sender.hpp"
#include "rpc/tls/control_records.hpp"
#include "rpc/tls/diagnosis.hpp"
#include "rpc/tls/ktls.hpp"
#include "rpc/tls/ktls_records.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

namespace rpctls::tls {

namespace {

using Count = std::optional<std::size_t>;

/// As in Session: records without data for the caller that one call puts up with.
constexpr unsigned most_fruitless_records = 64;
/// The largest plaintext of one record (RFC 8446 5.1).
constexpr std::size_t largest_record = 16384;

constexpr unsigned alert_close_notify = 0, alert_unexpected_message = 10, alert_bad_record_mac = 20,
                   alert_decode_error = 50;

Error closed() {
    return Error{Stage::rpc, "session-closed", "this end of the TLS session is closed"};
}

} // namespace

struct Channel::Impl {
    std::unique_ptr<ChannelSocket> socket;
    Session session; ///< goes before its transport
    std::vector<std::byte> binding;
    bool in_kernel = false;
    bool is_closed = false;
    std::vector<std::byte> gathered; ///< scratch: a record whose octets come from several pieces
    FileWindow window;               ///< of a file that the library seals

    // Where the kernel has the keys, what the session would know:
    Situation situation;
    ControlRecords control;
    std::optional<Error> failure;
    bool ended = false;              ///< by the peer's close_notify
    std::vector<std::byte> received; ///< read while looking for the reason of a failed send
    std::uint64_t sealed = 0;        ///< records at least
    std::uint64_t most_sealed = most_records_of_a_key;
    FileSender file;

    Impl(std::unique_ptr<ChannelSocket> from, Session finished)
        : socket(std::move(from)), session(std::move(finished)), situation(session.situation()),
          control(situation.is_client) {}

    Status choose(KtlsUse use);
    Error fail(Error error) { return failure.emplace(std::move(error)); }
    Error refuse(unsigned alert, std::string reason);
    Error judge_errno(int number);
    Result<bool> take_control(std::uint8_t type, std::span<const std::byte> octets);
    Result<Count> receive_from_kernel(std::span<std::byte> room);
    template <class Send>
    Result<Count> send_by_kernel(Send send);
    Result<Count> send_records(std::span<const std::span<const std::byte>> pieces, bool more);
    Result<Count> send_records(const FileRange &range);
};

/// Until the kernel has the first key the socket is as it was, whether the ULP was attached or not: GnuTLS can go on. What
/// the peer sent meanwhile waits in the socket, since a session reads no further than the record it needs.
Status Channel::Impl::choose(KtlsUse use) {
    auto bound = session.channel_binding();
    if (!bound)
        return Error{Stage::input, "argument-invalid", "a channel needs a session whose handshake is done"};
    binding = std::move(*bound);
    // Of the kernels only the newest keep to a peer's record size limit, and they say so when it is too late.
    const bool worth_trying = use == KtlsUse::required || session.largest_payload() >= largest_record;
    if (use != KtlsUse::never && worth_trying) {
        const Status primed = prime_ktls(socket->fd(), session);
        in_kernel = primed.has_value();
        if (!primed && (use == KtlsUse::required || ktls_has_begun(socket->fd())))
            return primed;
    }
    if (!in_kernel)
        socket->read_ahead();
    return {};
}

Error Channel::Impl::refuse(unsigned alert, std::string reason) {
    (void)send_kernel_alert(socket->fd(), true, alert);
    return fail(
        Error{Stage::rpc, "session-failed", "the TLS session with " + situation.peer + " failed"}.with(
            "reason", std::move(reason)));
}

Error Channel::Impl::judge_errno(int number) {
    switch (number) {
    case EBADMSG:
        return refuse(alert_bad_record_mac, "a record was altered or is out of order");
    case EINVAL:
    case EMSGSIZE:
    case EPROTO:
        return refuse(alert_unexpected_message, "what came is no TLS record");
    default:
        return fail(diagnose_transport(number, situation));
    }
}

/// Whether the peer's end has come.
Result<bool> Channel::Impl::take_control(std::uint8_t type, std::span<const std::byte> octets) {
    switch (control.feed(type, octets)) {
    case ControlRecords::Verdict::nothing:
        if (const auto ticket = control.take_ticket(); !ticket.empty() && !session.hear_ticket(ticket))
            return refuse(alert_decode_error, "a NewSessionTicket that is none");
        return false;
    case ControlRecords::Verdict::ended:
        ended = true;
        return true;
    case ControlRecords::Verdict::alert:
        return fail(diagnose_alert(control.alert(), situation));
    case ControlRecords::Verdict::key_update:
        (void)send_kernel_alert(socket->fd(), false, alert_close_notify);
        is_closed = true;
        return fail(
            Error{Stage::rpc, "key-update-unsupported",
                  situation.peer + " changed its keys (KeyUpdate), which the kernel's TLS cannot follow here"}
                .advise("connect again, or leave the records to the library (no kTLS)"));
    case ControlRecords::Verdict::unexpected:
        break;
    }
    return refuse(alert_unexpected_message, "a message that has no place after the handshake");
}

Result<Count> Channel::Impl::receive_from_kernel(std::span<std::byte> room) {
    if (!received.empty()) {
        const std::size_t count = std::min(room.size(), received.size());
        const auto end = received.begin() + static_cast<std::ptrdiff_t>(count);
        std::copy(received.begin(), end, room.begin());
        received.erase(received.begin(), end);
        return Count(count);
    }
    if (failure)
        return *failure;
    if (room.empty())
        return Count();
    for (unsigned fruitless = 0; !ended; ++fruitless) {
        if (fruitless == most_fruitless_records)
            return refuse(alert_unexpected_message, "records without data do not end");
        const KernelRecord record = receive_kernel_record(socket->fd(), room);
        if (record.count < 0) {
            const int number = errno;
            if (number == EINTR)
                continue;
            if (number == EAGAIN || number == EWOULDBLOCK)
                return Count();
            return judge_errno(number);
        }
        if (!record.type)
            return fail(diagnose_end(situation));
        const auto octets = room.first(static_cast<std::size_t>(record.count));
        if (*record.type != record_type_data) {
            if (auto over = take_control(*record.type, octets); !over)
                return std::move(over).error();
        } else if (control.data() == ControlRecords::Verdict::unexpected) {
            return refuse(alert_unexpected_message, "data in the middle of a handshake message");
        } else if (!octets.empty()) {
            situation.heard_data = true;
            return Count(octets.size());
        }
    }
    return Count(0);
}

/// `send` is as send(2), or has an error of its own.
template <class Send>
Result<Count> Channel::Impl::send_by_kernel(Send send) {
    if (failure)
        return *failure;
    // Kernels before 6.14 cannot be given another key, and later ones only by who follows the peer's as well.
    if (sealed / 2 >= most_sealed) {
        (void)send_kernel_alert(socket->fd(), false, alert_close_notify);
        is_closed = true;
        return fail(
            Error{Stage::rpc, "key-worn",
                  "the TLS session with " + situation.peer + " has sealed as much with one key as is sound"}
                .advise("connect again: the new session has new keys"));
    }
    for (;;) {
        Result<ssize_t> sent = send();
        if (!sent)
            return std::move(sent).error();
        if (*sent >= 0) {
            sealed += static_cast<std::size_t>(*sent) / largest_record + 1;
            return Count(static_cast<std::size_t>(*sent));
        }
        const int number = errno;
        if (number == EINTR)
            continue;
        if (number == EAGAIN || number == EWOULDBLOCK)
            return Count();
        // Why the peer went away may still be there to read: a server's late verdict on the client's certificate.
        if (received.empty() && !ended) {
            std::vector<std::byte> room(largest_record);
            auto heard = receive_from_kernel(room);
            if (!heard)
                return std::move(heard).error();
            room.resize(heard->value_or(0));
            received = std::move(room);
        }
        return fail(diagnose_transport(number, situation));
    }
}

/// One TLS record after the other, until the socket takes no more.
Result<Count> Channel::Impl::send_records(std::span<const std::span<const std::byte>> pieces, bool more) {
    std::size_t total = 0;
    std::size_t offset = 0; // in the first of the pieces
    std::size_t left = 0;
    for (const auto &piece : pieces)
        left += piece.size();
    while (!pieces.empty()) {
        auto now = pieces.front().subspan(offset);
        if (now.empty()) {
            pieces = pieces.subspan(1);
            offset = 0;
            continue;
        }
        if (now.size() < largest_record && pieces.size() > 1) {
            // Small pieces share a record; the large one behind them gives what is missing in it.
            gathered.assign(now.begin(), now.end());
            for (const auto &next : pieces.subspan(1)) {
                const std::size_t taken = std::min(next.size(), largest_record - gathered.size());
                gathered.insert(gathered.end(), next.begin(),
                                next.begin() + static_cast<std::ptrdiff_t>(taken));
            }
            now = gathered;
        }
        socket->expect_more(more || left > largest_record);
        auto sent = session.send(now);
        socket->expect_more(false);
        if (!sent)
            return sent;
        if (!*sent)
            return total > 0 ? Count(total) : Count();
        total += **sent;
        left -= std::min(left, **sent);
        offset += **sent;
        while (!pieces.empty() && offset >= pieces.front().size()) {
            offset -= pieces.front().size();
            pieces = pieces.subspan(1);
        }
    }
    return Count(total);
}

Result<Count> Channel::Impl::send_records(const FileRange &range) {
    const auto octets = window.next(range);
    if (!octets)
        return octets.error();
    auto sent = send_records(std::span(&*octets, 1), octets->size() < range.size());
    if (sent && *sent)
        window.taken(**sent);
    return sent;
}

Channel::Channel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Channel::Channel(Channel &&) noexcept = default;

Channel &Channel::operator=(Channel &&other) noexcept {
    if (impl_ && this != &other)
        close();
    impl_ = std::move(other.impl_);
    return *this;
}

Channel::~Channel() {
    if (impl_)
        close();
}

Result<Channel> Channel::adopt(std::unique_ptr<ChannelSocket> socket, Session session, KtlsUse use) {
    auto impl = std::make_unique<Impl>(std::move(socket), std::move(session));
    if (auto chosen = impl->choose(use); !chosen)
        return std::move(chosen).error();
    return Channel(std::move(impl));
}

Result<Count> Channel::receive(std::span<std::byte> room) {
    return impl_->in_kernel ? impl_->receive_from_kernel(room) : impl_->session.receive(room);
}

Result<Count> Channel::send(std::span<const std::span<const std::byte>> pieces, bool more) {
    if (impl_->is_closed)
        return impl_->failure ? *impl_->failure : closed();
    if (!impl_->in_kernel)
        return impl_->send_records(pieces, more);
    return impl_->send_by_kernel(
        [&]() -> Result<ssize_t> { return send_through_kernel(fd(), pieces, more); });
}

Result<Count> Channel::send(const FileRange &range) {
    if (impl_->is_closed)
        return impl_->failure ? *impl_->failure : closed();
    if (!impl_->in_kernel)
        return impl_->send_records(range);
    return impl_->send_by_kernel([&] { return impl_->file.send(fd(), range); });
}

Status Channel::update_keys(bool peer_too) {
    if (impl_->in_kernel)
        return Error{Stage::kernel, "key-update-unsupported",
                     "the kernel has the keys of this TLS session, and cannot be given others"}
            .advise("connect again for new keys, or leave the records to the library (no kTLS)");
    impl_->session.update_keys(peer_too);
    return {};
}

bool Channel::is_worn() const {
    return impl_->in_kernel && impl_->sealed >= impl_->most_sealed;
}

void Channel::limit_records_of_a_key(std::uint64_t records) {
    impl_->most_sealed = records;
    impl_->session.limit_records_of_a_key(records);
}

std::size_t Channel::pending() const {
    return impl_->in_kernel ? impl_->received.size() : impl_->session.pending() + impl_->socket->held();
}

void Channel::close() {
    if (std::exchange(impl_->is_closed, true))
        return;
    if (!impl_->in_kernel)
        impl_->session.close();
    else if (!impl_->failure)
        (void)send_kernel_alert(impl_->socket->fd(), false, alert_close_notify);
}

void Channel::keep_open(bool keep) {
    impl_->socket->keep_open(keep);
}

bool Channel::protected_by_kernel() const {
    return impl_->in_kernel;
}

int Channel::fd() const {
    return impl_->socket->fd();
}

const SessionFacts &Channel::facts() const {
    return impl_->session.facts();
}

std::span<const std::byte> Channel::channel_binding() const {
    return impl_->binding;
}

} // namespace rpctls::tls
