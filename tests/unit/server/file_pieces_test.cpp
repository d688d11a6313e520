// SPDX-License-Identifier: LGPL-2.1-or-later
// Ranges of files among octets in memory: what is sent next, and how a range goes through a socket. No RPC, no TLS.
#include "rpc/base/file_sender.hpp"
#include "rpc/base/text.hpp"
#include "rpc/client/call_engine.hpp"
#include "rpc/server/reply_queue.hpp"
#include "rpc/server/results_with_file.hpp"
#include "tests/unit/octets.hpp"
#include "tests/unit/server/sent_file.hpp"
#include "tests/unit/server/svc_fixture.hpp"
#include "tests/unit/tls/tcp_pair.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

using namespace rpctls;
using namespace rpctls::test;
using namespace std::chrono_literals;

namespace {

/// Hexadecimal of what is in memory, "+" where a file follows; of a range "[offset size]".
std::string text_of(const Batch &batch) {
    if (batch.file)
        return "[" + std::to_string(batch.file->offset()) + " " + std::to_string(batch.file->size()) + "]";
    std::string text;
    for (const auto &piece : batch.octets)
        text += hex(piece);
    return text + (batch.more ? "+" : "");
}

std::string name_of(const Status &status) {
    return status ? "ok" : status.error().name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(file_pieces)

BOOST_AUTO_TEST_CASE(a_range_is_of_a_regular_file_that_can_be_read_and_has_it) {
    const SentFile sent(1000);
    const SharedFile file = sent.open();
    BOOST_TEST(file.range(0, 1000).has_value());
    BOOST_TEST(file.range(1000, 0).has_value());
    for (const auto &[offset, size] : {std::pair<std::uint64_t, std::size_t>{1, 1000},
                                       {1001, 0},
                                       {~std::uint64_t{0}, 1},
                                       {1, ~std::size_t{0}}})
        BOOST_TEST(file.range(offset, size).error().name == "file-too-short");
    const auto range = *file.range(100, 900);
    BOOST_TEST(range.behind(300).offset() == 400u);
    BOOST_TEST(range.behind(300).size() == 600u);
    BOOST_TEST(name_of(range.check()) == "ok");
    sent.cut(999);
    BOOST_TEST(name_of(range.check()) == "file-too-short");
    for (const int fd : {-1, ::open("/dev/null", O_RDONLY), ::open("/tmp", O_RDONLY | O_DIRECTORY),
                         ::open(sent.path().c_str(), O_WRONLY), ::open(sent.path().c_str(), O_PATH)}) {
        BOOST_TEST(SharedFile::own(fd).error().name == "file-unsuitable");
        BOOST_TEST(::fcntl(fd, F_GETFD) == -1); // it was taken all the same
    }
}

BOOST_AUTO_TEST_CASE(the_descriptor_is_closed_with_the_last_who_has_it) {
    const SentFile sent(8);
    int number = -1;
    {
        std::optional<FileRange> rest;
        {
            const SharedFile file = sent.open();
            number = file.fd();
            rest = file.range(0, 8)->behind(4);
        }
        BOOST_TEST(::fcntl(number, F_GETFD) != -1);
    }
    BOOST_TEST(::fcntl(number, F_GETFD) == -1);
}

BOOST_AUTO_TEST_CASE(a_reply_goes_in_the_order_of_its_pieces_however_much_is_taken) {
    const SentFile sent(100);
    for (const std::size_t most : {1, 3, 7, 1000}) {
        server::ReplyQueue queue;
        Reply first;
        first.add(sent.range(10, 5));
        first.add(octets("0102"));
        first.add(sent.range(0, 0));
        first.add(octets("03"));
        first.add_opaque(sent.range(20, 6));
        queue.push({octets("aa"), first.pieces()});
        queue.push({octets("bb")});
        std::string all;
        std::size_t before = 2;
        while (!queue.empty()) {
            server::ReplyQueue::Pieces room;
            const Batch next = queue.next(room);
            BOOST_TEST((next.file.has_value() != !next.octets.empty()));
            std::vector<std::byte> part;
            for (const auto &piece : next.octets)
                part.insert(part.end(), piece.begin(), piece.end());
            if (next.file) {
                const auto content = sent.content(next.file->offset(), next.file->size());
                part.assign(content.begin(), content.end());
            }
            const std::size_t taken = std::min(most, part.size());
            all += hex(std::span(part).first(taken));
            queue.sent(taken);
            BOOST_TEST(queue.replies() <= before);
            before = queue.replies();
        }
        BOOST_TEST(all == "aa" + hex(sent.content(10, 5)) + "010203" + "00000006" + hex(sent.content(20, 6)) +
                              "0000" + "bb");
    }
}

BOOST_AUTO_TEST_CASE(a_call_goes_in_the_order_of_its_pieces_and_an_ended_one_to_its_last_octet) {
    const SentFile sent(100);
    client::CallEngine calls(8, 4096, {});
    constexpr client::CallEngine::Time start{};
    {
        const auto borrowed = octets("0102"), more = octets("0304");
        calls.submit({.id = 1,
                      .xid = 1,
                      .head = octets("aaaa"),
                      .arguments = {borrowed, sent.range(10, 50), sent.range(70, 2), more},
                      .deadline = start + 10ms,
                      .done = [](Result<CallReply>) {}});
        calls.submit({.id = 2,
                      .xid = 2,
                      .head = octets("bbbb"),
                      .arguments = {Piece::owning(octets("05"))},
                      .deadline = start + 1s,
                      .done = [](Result<CallReply>) {}});
        BOOST_TEST(text_of(calls.to_send()) == "aaaa0102+");
        calls.sent(3);
        BOOST_TEST(text_of(calls.to_send()) == "02+");
        calls.sent(1);
        BOOST_TEST(text_of(calls.to_send()) == "[10 50]");
        calls.sent(20);
        calls.expire(start + 10ms);
        BOOST_TEST(calls.take_completed().size() == 1u);
    }
    BOOST_TEST(text_of(calls.to_send()) == "[30 30]");
    calls.sent(30);
    BOOST_TEST(text_of(calls.to_send()) == "[70 2]");
    calls.sent(2);
    BOOST_TEST(text_of(calls.to_send()) == "0304bbbb05");
    calls.sent(7);
    BOOST_TEST(calls.to_send().empty());
}

BOOST_AUTO_TEST_CASE(a_window_gives_again_what_did_not_go_and_says_when_the_file_has_ended) {
    const SentFile sent(200000);
    const FileRange range = sent.range(5, 150000);
    FileWindow window;
    std::vector<std::byte> all;
    while (all.size() < range.size()) {
        const auto next = window.next(range.behind(all.size()));
        BOOST_TEST_REQUIRE(next.has_value());
        BOOST_TEST_REQUIRE(!next->empty());
        BOOST_TEST(next->size() <= 65536u);
        const auto taken = next->first(std::min<std::size_t>(next->size(), 30000));
        all.insert(all.end(), taken.begin(), taken.end());
        window.taken(taken.size());
    }
    BOOST_TEST((std::ranges::equal(all, sent.content(5, 150000))));
    BOOST_TEST(!window.holds_octets());
    BOOST_TEST(window.next(range).has_value());
    window.taken(10);
    sent.cut(0);
    BOOST_TEST(window.next(range.behind(10)).has_value()); // what was read may be sealed already
    window.taken(65526);
    BOOST_TEST(window.next(range.behind(65536)).error().name == "file-too-short");
}

BOOST_AUTO_TEST_CASE(a_range_goes_through_a_socket_whether_it_may_wait_or_not) {
    const SentFile sent(3 << 20);
    for (const bool waits : {false, true}) {
        const Sockets sockets = tcp_pair();
        if (!waits)
            ::fcntl(sockets.client.get(), F_SETFL, O_NONBLOCK);
        const int small = 8192;
        ::setsockopt(sockets.client.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        FileSender sender;
        const FileRange range = sent.range(1, (3 << 20) - 1);
        std::vector<std::byte> heard;
        std::vector<std::byte> room(1 << 16);
        bool stopped = false;
        for (std::size_t gone = 0; heard.size() < range.size();) {
            if (gone < range.size()) {
                const auto count = sender.send(sockets.client.get(), range.behind(gone));
                BOOST_TEST_REQUIRE(count.has_value());
                BOOST_TEST_REQUIRE((*count > 0 || errno == EAGAIN));
                stopped = stopped || *count < 0;
                gone += *count > 0 ? static_cast<std::size_t>(*count) : 0;
                if (*count > 0)
                    continue;
            }
            const ssize_t got = ::recv(sockets.server.get(), room.data(), room.size(), MSG_DONTWAIT);
            if (got > 0)
                heard.insert(heard.end(), room.begin(), room.begin() + got);
        }
        BOOST_TEST(stopped);
        BOOST_TEST((std::ranges::equal(heard, sent.content(1, (3 << 20) - 1))));
    }
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_gone_is_an_errno_and_no_signal) {
    const SentFile sent(1 << 20);
    std::signal(SIGPIPE, SIG_DFL); // its effect would be the end of this program
    Sockets sockets = tcp_pair();
    ::fcntl(sockets.client.get(), F_SETFL, O_NONBLOCK);
    sockets.server.reset();
    FileSender sender;
    int number = 0;
    for (int tries = 0; tries < 100 && number != EPIPE; ++tries) {
        const auto count = sender.send(sockets.client.get(), sent.range(0, 1 << 20));
        number = count && *count < 0 ? errno : 0;
        ::poll(nullptr, 0, number == EPIPE ? 0 : 5);
    }
    BOOST_TEST(number == EPIPE);
    sigset_t pending;
    ::sigpending(&pending);
    BOOST_TEST(::sigismember(&pending, SIGPIPE) == 0);
}

BOOST_AUTO_TEST_CASE(an_authenticator_that_needs_the_octets_gets_them) {
    const SentFile sent(100000);
    std::uint32_t seven = 7, eight = 8;
    for (const bool reads : {true, false}) {
        server::ResultsWithFile results({one_number, &seven}, sent.range(3, 99997), {one_number, &eight});
        std::vector<std::byte> room(200000);
        XDR xdr;
        ::xdrmem_create(&xdr, reinterpret_cast<char *>(room.data()), 200000, XDR_ENCODE);
        if (reads)
            results.read_file();
        BOOST_TEST(server::ResultsWithFile::xdr(&xdr, &results));
        room.resize(XDR_GETPOS(&xdr));
        if (reads)
            BOOST_TEST((room == concatenated({number(7), opaque(sent.content(3, 99997)), number(8)})));
        else
            BOOST_TEST(hex(room) == "00000007"
                                    "0001869d"
                                    "000000"
                                    "00000008");
        BOOST_TEST(results.file_at().value_or(0) == (reads ? 0u : 8u));
    }
    server::ResultsWithFile late({}, sent.range(0, 50000), {});
    sent.cut(10);
    std::vector<std::byte> room(100000);
    XDR xdr;
    ::xdrmem_create(&xdr, reinterpret_cast<char *>(room.data()), 100000, XDR_ENCODE);
    late.read_file();
    BOOST_TEST(!server::ResultsWithFile::xdr(&xdr, &late));
    BOOST_TEST_REQUIRE(late.fault().has_value());
    BOOST_TEST(late.fault()->name == "file-too-short");
}

BOOST_AUTO_TEST_SUITE_END()
