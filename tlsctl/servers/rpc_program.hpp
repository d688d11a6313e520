// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rpctls::tlsctl {

/// An RPC program as a command line names it.
struct RpcProgram {
    std::uint32_t number = 0;
    std::uint32_t version = 0;         ///< the one to ask for unless told otherwise
    std::optional<std::uint16_t> port; ///< absent when it has no fixed one
    std::string name;                  ///< empty when it has none that is known here
};

/// By number, or by its name in /etc/rpc: "nfs", "mountd", … Errors: usage, with the names that are known.
Result<RpcProgram> find_rpc_program(std::string_view text);

} // namespace rpctls::tlsctl
