// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/wire/message.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace rpctls;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto reply = wire::decode_reply(fuzz::octets(data, size));
    if (!reply)
        return 0;
    fuzz::require(reply->results_offset <= size && reply->results_offset % 4 == 0);
    if (const auto *accepted = std::get_if<wire::AcceptedReply>(&reply->body))
        fuzz::require(accepted->verifier.body.size() <= wire::largest_auth_body);
    fuzz::require(!wire::describe(*reply).empty());
    return 0;
}
