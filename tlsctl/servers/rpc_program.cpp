// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/servers/rpc_program.hpp"

#include "rpc/base/text.hpp"
#include "rpc/client/preflight.hpp"
#include "tlsctl/cli/command.hpp"

#include <vector>

namespace rpctls::tlsctl {

namespace {

const std::vector<RpcProgram> &known_programs() {
    static const std::vector<RpcProgram> programs = {
        {client::nfs_program, 4, client::nfs_port, "nfs"},
        {100000, 4, 111, "rpcbind"},
        {100005, 3, std::nullopt, "mountd"},
        {100011, 2, std::nullopt, "rquotad"},
        {100021, 4, std::nullopt, "nlockmgr"},
        {100024, 1, std::nullopt, "status"},
        {100227, 3, client::nfs_port, "nfs_acl"},
    };
    return programs;
}

} // namespace

Result<RpcProgram> find_rpc_program(std::string_view text) {
    const auto number = parse_number(text, UINT32_MAX);
    std::vector<std::string> names;
    for (const RpcProgram &program : known_programs()) {
        if (program.name == text || (number && program.number == *number))
            return program;
        names.push_back(program.name);
    }
    if (number)
        return RpcProgram{static_cast<std::uint32_t>(*number), 1, std::nullopt, ""};
    return usage_error("not an RPC program: " + printable(text),
                       "give a number, or one of " + join(names, ", "));
}

} // namespace rpctls::tlsctl
