// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/revocation_entries.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace rpctls;

/// Entries that were read are written as they were meant: read again they are the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto frame = tls::take_revocation_frame(fuzz::octets(data, size));
    if (!frame)
        return 0;
    const auto revoked = tls::read_revocations(frame->entries);
    if (!revoked)
        return 0;
    const auto part = tls::write_revocations(*frame, *revoked);
    if (!part) // a serial that is longer than any may be
        return 0;
    const auto whole = tls::write_revocation_list(*part, frame->algorithm, {});
    const auto again = tls::take_revocation_frame(whole); // points into it
    fuzz::require(again.has_value());
    const auto read = tls::read_revocations(again->entries);
    fuzz::require(read && read->size() == revoked->size());
    for (std::size_t i = 0; i < read->size(); ++i) {
        fuzz::require((*read)[i].reason == (*revoked)[i].reason);
        tls::RevocationList one;
        one.revoked = {(*read)[i]};
        fuzz::require(one.find((*revoked)[i].serial) != nullptr);
    }
    return 0;
}
