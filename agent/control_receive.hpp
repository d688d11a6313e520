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
/// for are closed.
ReceivedMessage receive_control_message(int socket);

/// Who connected; absent when the kernel does not say.
std::optional<ControlSender> sender_of(int socket);

} // namespace rpctls::agent
