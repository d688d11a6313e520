// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/credential.hpp"
#include "rpc/wire/message.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace rpctls;

/// The header of a call, and whom it says it is from.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto call = wire::decode_call(fuzz::octets(data, size));
    if (!call)
        return 0;
    fuzz::require(call->arguments_offset <= size && call->arguments_offset % 4 == 0);
    if (call->rpc_version != wire::rpc_version)
        return 0;
    const wire::CallHeader &header = call->header;
    for (const auto *auth : {&header.credential, &header.verifier})
        fuzz::require(auth->body.size() <= wire::largest_auth_body);
    // What was read is written as it was meant, in as many octets.
    const auto written = wire::encode_call(header);
    fuzz::require(written.has_value() && written->size() == call->arguments_offset);
    const auto again = wire::decode_call(*written);
    fuzz::require(again.has_value() && again->header == header);

    const auto read = server::read_credential(header.credential);
    const auto *credential = std::get_if<Credential>(&read);
    if (credential == nullptr) {
        fuzz::require(std::get<std::uint32_t>(read) != 0);
        return 0;
    }
    fuzz::require(credential->flavor == header.credential.flavor);
    fuzz::require(credential->sys.has_value() == (credential->flavor == wire::auth_flavor_sys));
    if (credential->sys)
        fuzz::require(credential->sys->machine.size() <= 255 && credential->sys->gids.size() <= 16);
    return 0;
}
