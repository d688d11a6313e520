// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace rpctls::client {

/// The control socket of the agent that serves this program's network namespace: for a namespace with a name (ip-netns(8))
/// that of the instance rpctlsd@NAME, when it is there, else /run/rpctls/agent.sock. `root` is for tests; the
/// namespace is that of `self`.
std::filesystem::path agent_socket(const std::filesystem::path &root = "/",
                                   const std::filesystem::path &self = "/proc/self/ns/net");

} // namespace rpctls::client
