// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/reception.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>

using namespace rpctls;
using server::Reception;

namespace {

constexpr std::size_t largest_record = 4096;

/// Plays the program: accepts every probe. What is fed behind one counts as sent inside the session.
struct Owner {
    Reception reception;
    std::string story{};
    std::size_t taken = 0; ///< octets of the records that came out

    void run() {
        for (;;) {
            auto event = reception.next();
            if (!event) {
                fuzz::require(reception.state() == Reception::State::ended);
                story += "failed ";
                return;
            }
            if (!*event)
                return;
            if (const auto *answer = std::get_if<Reception::Answer>(&**event)) {
                fuzz::require(answer->record.size() == 24 || answer->record.size() == 28);
                story += "denied " + std::to_string(answer->auth_stat) + " ";
                continue;
            }
            const auto &call = std::get<Reception::Call>(**event);
            fuzz::require(call.message.header.credential.flavor != wire::auth_flavor_tls);
            fuzz::require(call.message.arguments_offset <= call.record.size());
            fuzz::require(call.record.size() <= largest_record);
            story += std::to_string(call.message.header.procedure) + (call.is_probe ? " probe " : " call ");
            if (!call.is_probe)
                continue;
            fuzz::require(call.message.header.procedure == wire::null_procedure);
            reception.answered(true);
            if (reception.state() == Reception::State::handshake)
                reception.session_begun();
        }
    }

    void feed(std::span<const std::byte> octets, std::size_t piece) {
        while (!octets.empty() && reception.state() != Reception::State::ended) {
            const auto now = octets.first(std::min(piece, octets.size()));
            octets = octets.subspan(now.size());
            reception.feed(now);
            run();
        }
    }
};

Reception::Parameters parameters(std::uint8_t first) {
    return {static_cast<server::TlsPolicy>(first & 3), (first & 4) == 0, largest_record};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size == 0)
        return 0;
    const auto stream = fuzz::octets(data + 1, size - 1);
    Owner slow{Reception(parameters(*data))};
    slow.feed(stream, 1);
    Owner whole{Reception(parameters(*data))};
    whole.feed(stream, size);
    // The same, unless a probe made the difference: what came with it is thrown away, what comes behind is the session's.
    if (slow.story.find("probe") == std::string::npos)
        fuzz::require(slow.story == whole.story);
    else
        fuzz::require(slow.story.starts_with(whole.story.substr(0, whole.story.find("probe"))));
    return 0;
}
