// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/control.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rpctls::agent {

struct ReceivedMessage {
    bool nothing = false; ///< nothing has come yet
    std::string text;     ///< empty: the end of the stream, or a message beyond all bounds
    std::vector<Fd> descriptors;
    bool descriptors_lost = false;
};

/// One message without waiting. Whatever descriptors come with it are owned by the result, so that those nobody asked
/// for are closed. None of them lingers any more.
ReceivedMessage receive_control_message(int socket);

/// Closing the last descriptor of a socket with SO_LINGER waits for a peer that need not read, and whoever sent us one
/// may have closed their own. Before each close of what others can set options of.
void stop_lingering(int descriptor);

/// For a socket about to be closed: takes what its client has left unread, so that descriptors among it are closed by us,
/// without waiting for anybody.
void drop_unread(int socket);

/// Who connected; absent when the kernel does not say.
std::optional<ControlSender> sender_of(int socket);

} // namespace rpctls::agent
