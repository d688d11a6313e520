// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/server/acceptor.hpp"
#include "rpc/server/call_state.hpp"
#include "rpc/server/hall.hpp"
#include "rpc/server/io_loop.hpp"
#include "rpc/server/patience.hpp"
#include "rpc/server/peer_stream.hpp"
#include "rpc/server/reply_queue.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rpctls::server {

/// One client of a Server. It belongs to its loop's thread; its stream to one of the hall's work threads while that goes on
/// with the handshake, and is_calculating_ is true.
class ServedConnection final : public IoLoop::Client, public std::enable_shared_from_this<ServedConnection> {
public:
    /// `ended` is called at the end, once.
    ServedConnection(Hall &hall, std::shared_ptr<IoLoop> loop, Acceptor::Guest guest,
                     std::function<void(ServedConnection &)> ended);
    ~ServedConnection() override;

    void begin();
    void on_ready(std::uint32_t events) override;
    void on_time() override;

    /// An answer of a handler.
    void deliver(Answer answer);
    /// Ends when nothing of a call is under way.
    void drain();
    /// Ends now.
    void cut();
    /// Has the client's certificate verified anew, by one of the hall's work threads.
    void recheck();

private:
    void turn();
    void work();
    bool flush();
    bool read();
    bool is_full() const;
    bool is_quiet() const;
    void take(Reception::Event event);
    void take_call(Reception::Call call);
    void answer(const wire::ReplyHeader &reply);
    void answer_probe();
    void note_clear_call();
    void go_on_with_handshake();
    void handshake_went_on(const Result<PeerStream::Progress> &progress);
    void begin_session();
    void fail_handshake(const Error &error);
    void end_unaccepted(const std::string &objection);
    void die(const Error &error);
    void settle();
    void wait();

    Hall &hall_;
    const std::shared_ptr<IoLoop> loop_;
    const std::shared_ptr<const PeerAddress> peer_;
    std::function<void(ServedConnection &)> ended_;

    PeerStream stream_;
    const int fd_;
    const ServerContext::Place place_; ///< behind the stream: it is free before the client can see the end
    Reception reception_;
    Patience patience_;
    ReplyQueue unsent_;
    std::optional<wire::CallHeader> probe_; ///< to be answered when the calls before it are
    std::size_t with_handlers_ = 0;         ///< calls
    std::size_t of_files_ = 0;              ///< octets that were sent in this turn

    bool in_turn_ = false;
    bool is_calculating_ = false;
    bool counts_as_handshake_ = false;
    bool handshake_is_ready_ = false; ///< to go on
    bool wants_write_ = false;        ///< the handshake does
    bool is_blocked_ = false;         ///< the client takes no more
    bool noted_clear_ = false;
    bool recheck_later_ = false;
    bool draining_ = false;
    bool ending_ = false; ///< nothing more is read
    bool dead_ = false;   ///< nothing more is sent
};

} // namespace rpctls::server
