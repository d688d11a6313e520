// SPDX-License-Identifier: LGPL-2.1-or-later
// libtirpc's contract for clnt_call(3) and its kin.
#include "rpc/base/text.hpp"
#include "tests/unit/client/clnt_fixture.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>

#include <thread>

using namespace rpctls;
using namespace rpctls::test;

namespace {

bool_t refuse_to_encode(XDR *, std::string *) {
    return FALSE;
}

/// An authenticator that seals like RPCSEC_GSS does: a length is put in front afterwards, and what comes is opened.
struct Sealing {
    AUTH auth{};
    AUTH *inner = ::authnone_create();
    int refreshed = 0;

    static AUTH::auth_ops operations;
    Sealing() {
        auth.ah_ops = &operations;
        auth.ah_private = this;
    }
};

Sealing &sealing_of(AUTH *auth) {
    return *static_cast<Sealing *>(auth->ah_private);
}

AUTH::auth_ops Sealing::operations = {
    .ah_nextverf = [](AUTH *) {},
    .ah_marshal = [](AUTH *own, XDR *xdr) -> int { return AUTH_MARSHALL(sealing_of(own).inner, xdr); },
    .ah_validate = [](AUTH *, opaque_auth *) -> int { return TRUE; },
    .ah_refresh = [](AUTH *own, void *) -> int {
        ++sealing_of(own).refreshed;
        return TRUE;
    },
    .ah_destroy = [](AUTH *) {},
    .ah_wrap = [](AUTH *, XDR *xdr, xdrproc_t routine, caddr_t arguments) -> int {
        const u_int start = XDR_GETPOS(xdr);
        if (!XDR_SETPOS(xdr, start + 4) || !routine(xdr, arguments))
            return FALSE;
        const u_int end = XDR_GETPOS(xdr);
        u_int length = end - start - 4;
        return XDR_SETPOS(xdr, start) && ::xdr_u_int(xdr, &length) && XDR_SETPOS(xdr, end);
    },
    .ah_unwrap = [](AUTH *, XDR *xdr, xdrproc_t routine, caddr_t results) -> int {
        u_int length = 0;
        return ::xdr_u_int(xdr, &length) && routine(xdr, results);
    },
};

} // namespace

BOOST_AUTO_TEST_SUITE(clnt_call)

BOOST_AUTO_TEST_CASE(arguments_and_results_of_any_size_come_through) {
    const TlsServer server(serve_echo);
    const Client client = create(params_for(server.port()).get());
    for (const std::size_t size : {0, 1, 3, 4, 100, 4095, 16384, 70001, 3 << 20}) {
        std::string text(size, '\0');
        for (std::size_t i = 0; i < size; ++i)
            text[i] = static_cast<char>(i * 31 + i / 255);
        BOOST_TEST((echo(client, text) == text), size);
    }
}

BOOST_AUTO_TEST_CASE(a_handle_in_clear_calls_as_well) {
    const ScriptedPeer peer([](int fd) {
        for (;;) {
            const auto call = read_octets(fd, 44);
            if (call.size() != 44)
                return;
            write_octets(fd, answer_to(call, octets(success)));
        }
    });
    const Client client = create(params_for(peer.port(), RPCTLS_POLICY_NONE).get());
    BOOST_TEST(created(client) == "ok");
    BOOST_TEST(rpctls_clnt_session(client.get()) == nullptr);
    BOOST_TEST(call_null(client) == RPC_SUCCESS);
    BOOST_TEST(call_null(client) == RPC_SUCCESS);
}

BOOST_AUTO_TEST_CASE(each_answer_has_its_status_and_clnt_geterr_the_rest) {
    struct Row {
        const char *rest;
        clnt_stat stat;
    };
    const std::vector<Row> rows = {
        {"00000001 00000000 00000000 00000000 00000001", RPC_PROGUNAVAIL},
        {"00000001 00000000 00000000 00000000 00000002 00000001 00000007", RPC_PROGVERSMISMATCH},
        {"00000001 00000000 00000000 00000000 00000003", RPC_PROCUNAVAIL},
        {"00000001 00000000 00000000 00000000 00000004", RPC_CANTDECODEARGS},
        {"00000001 00000000 00000000 00000000 00000005", RPC_SYSTEMERROR},
        {"00000001 00000001 00000000 00000002 00000002", RPC_VERSMISMATCH},
        {"00000001 00000001 00000001 00000005", RPC_AUTHERROR},
        {success.data(), RPC_SUCCESS},
    };
    const TlsServer server([&](TlsPeer &peer, int) {
        for (const Row &row : rows)
            peer.answer(row.rest);
    });
    const Client client = create(params_for(server.port()).get());
    for (const Row &row : rows) {
        BOOST_TEST(call_null(client) == row.stat);
        rpc_err error{};
        clnt_geterr(client.get(), &error);
        BOOST_TEST(error.re_status == row.stat);
        if (row.stat == RPC_PROGVERSMISMATCH) {
            BOOST_TEST(error.re_vers.low == 1u);
            BOOST_TEST(error.re_vers.high == 7u);
        }
        if (row.stat == RPC_AUTHERROR)
            BOOST_TEST(error.re_why == AUTH_TOOWEAK);
    }
}

BOOST_AUTO_TEST_CASE(a_call_that_timed_out_does_not_spoil_the_next_one) {
    const TlsServer server([](TlsPeer &peer, int fd) {
        const auto late = read_record(peer);
        const auto prompt = read_record(peer);
        // Half of the late reply, the rest of it, then the one that is waited for.
        auto rest = octets(success);
        rest.insert(rest.end(), late.begin() + 44, late.end());
        const auto reply = answer_to(late, rest);
        write_all(peer, fd, std::span(reply).first(20));
        write_all(peer, fd, std::span(reply).subspan(20));
        auto second = octets(success);
        second.insert(second.end(), prompt.begin() + 44, prompt.end());
        write_all(peer, fd, answer_to(prompt, second));
        (void)peer.read(1);
    });
    const Client client = create(params_for(server.port()).get());
    const auto start = Deadline::Clock::now();
    BOOST_TEST(echo(client, "late", 150) == std::string("failed: ") + clnt_sperrno(RPC_TIMEDOUT));
    BOOST_TEST((Deadline::Clock::now() - start < std::chrono::seconds(2)));
    BOOST_TEST(rpctls_error_name(rpctls_last_error()) == "rpc-timeout");
    BOOST_TEST(echo(client, "prompt") == "prompt");
}

BOOST_AUTO_TEST_CASE(a_result_that_comes_too_slowly_times_out_and_its_rest_is_passed_over) {
    const TlsServer server([](TlsPeer &peer, int fd) {
        const auto call = read_record(peer);
        auto rest = octets(success);
        rest.insert(rest.end(), call.begin() + 44, call.end());
        const auto reply = answer_to(call, rest);
        write_all(peer, fd, std::span(reply).first(40));
        const auto next = read_record(peer);
        write_all(peer, fd, std::span(reply).subspan(40));
        auto second = octets(success);
        second.insert(second.end(), next.begin() + 44, next.end());
        write_all(peer, fd, answer_to(next, second));
        (void)peer.read(1);
    });
    const Client client = create(params_for(server.port()).get());
    BOOST_TEST(echo(client, std::string(1000, 'x'), 200) ==
               std::string("failed: ") + clnt_sperrno(RPC_TIMEDOUT));
    BOOST_TEST(echo(client, "second") == "second");
}

BOOST_AUTO_TEST_CASE(batched_calls_go_with_the_one_that_wants_an_answer) {
    Witness witness;
    {
        const TlsServer server([&](TlsPeer &peer, int) {
            for (auto call = read_record(peer); !call.empty(); call = read_record(peer)) {
                witness.saw({call.begin() + 24, call.begin() + 28});
                if (word(call, 6) == 0)
                    peer.write(answer_to(call, octets(success)));
            }
        });
        const Client client = create(params_for(server.port()).get());
        std::string text = "batched";
        for (int i = 0; i < 3; ++i)
            BOOST_TEST(clnt_call(client.get(), 7, xdr_text, &text, nullptr, nullptr, milliseconds(0)) ==
                       RPC_SUCCESS);
        BOOST_TEST(witness.seen().empty());
        BOOST_TEST(call_null(client) == RPC_SUCCESS);
        // Many of them do not wait for ever.
        text.assign(4000, 'x');
        for (int i = 0; i < 40; ++i)
            BOOST_TEST(clnt_call(client.get(), 7, xdr_text, &text, nullptr, nullptr, milliseconds(0)) ==
                       RPC_SUCCESS);
        for (int i = 0; i < 200 && witness.seen().size() < 20; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        BOOST_TEST(witness.seen().size() >= 20u);
        // With a place for results and no time it is sent, and nobody waits.
        BOOST_TEST(call_null(client, 0) == RPC_TIMEDOUT);
        BOOST_TEST(call_null(client) == RPC_SUCCESS);
    }
    const auto seen = witness.seen();
    BOOST_TEST(seen.size() == 46u);
    BOOST_TEST(hex(seen.at(2)) == "00000007");
    BOOST_TEST(hex(seen.at(3)) == "00000000");
}

BOOST_AUTO_TEST_CASE(what_clnt_control_sets_is_in_effect_and_what_it_gets_is_right) {
    const TlsServer server(serve_echo);
    const Client client = create(params_for(server.port()).get());
    const auto get = [&](u_int request) {
        std::uint32_t value = 0;
        BOOST_TEST(clnt_control(client.get(), request, &value) == TRUE);
        return value;
    };
    BOOST_TEST(get(CLGET_PROG) == test_program);
    BOOST_TEST(get(CLGET_VERS) == test_version);
    std::uint32_t xid = 0x01020304;
    BOOST_TEST(clnt_control(client.get(), CLSET_XID, &xid) == TRUE);
    BOOST_TEST(call_null(client) == RPC_SUCCESS);
    BOOST_TEST(get(CLGET_XID) == 0x01020304u);
    BOOST_TEST(call_null(client) == RPC_SUCCESS);
    BOOST_TEST(get(CLGET_XID) != 0x01020304u);
    int fd = -1;
    BOOST_TEST(clnt_control(client.get(), CLGET_FD, &fd) == TRUE);
    BOOST_TEST(::fcntl(fd, F_GETFD) >= 0);
    sockaddr_in address{};
    BOOST_TEST(clnt_control(client.get(), CLGET_SERVER_ADDR, &address) == TRUE);
    BOOST_TEST(ntohs(address.sin_port) == server.port());
    netbuf buffer{};
    BOOST_TEST(clnt_control(client.get(), CLGET_SVC_ADDR, &buffer) == TRUE);
    BOOST_TEST(buffer.len == sizeof(sockaddr_in));
    BOOST_TEST(std::memcmp(buffer.buf, &address, sizeof address) == 0);
    timeval wrong{-1, 0};
    BOOST_TEST(clnt_control(client.get(), CLSET_TIMEOUT, &wrong) == FALSE);
    BOOST_TEST(clnt_control(client.get(), CLSET_TIMEOUT, nullptr) == FALSE);
    BOOST_TEST(clnt_control(client.get(), CLSET_RETRY_TIMEOUT, &wrong) == FALSE);
    timeval always{5, 0};
    BOOST_TEST(clnt_control(client.get(), CLSET_TIMEOUT, &always) == TRUE);
    timeval seen{};
    BOOST_TEST(clnt_control(client.get(), CLGET_TIMEOUT, &seen) == TRUE);
    BOOST_TEST(seen.tv_sec == 5);
    BOOST_TEST(call_null(client, 0) == RPC_SUCCESS); // the time set counts, not the call's
    BOOST_TEST(client->cl_netid == std::string("tcp"));
}

BOOST_AUTO_TEST_CASE(an_authenticator_that_seals_works_over_it_and_is_refreshed_twice_at_most) {
    Witness witness;
    const TlsServer server([&](TlsPeer &peer, int fd) {
        for (auto call = read_record(peer); call.size() >= 44; call = read_record(peer)) {
            witness.saw(call);
            if (word(call, 6) == 9) {
                write_all(peer, fd, answer_to(call, octets("00000001 00000001 00000001 0000000d")));
                continue;
            }
            auto rest = octets(success);
            rest.insert(rest.end(), call.begin() + 44, call.end());
            write_all(peer, fd, answer_to(call, rest));
        }
    });
    const Client client = create(params_for(server.port()).get());
    Sealing sealing;
    AUTH *none = std::exchange(client->cl_auth, &sealing.auth);
    BOOST_TEST(echo(client, "sealed") == "sealed");
    BOOST_TEST(hex(std::span(witness.seen().at(0)).subspan(44)) == "0000000c"
                                                                   "00000006"
                                                                   "7365616c"
                                                                   "65640000");
    BOOST_TEST(clnt_call(client.get(), 9, no_arguments(), nullptr, no_arguments(), nullptr,
                         milliseconds(2000)) == RPC_AUTHERROR);
    BOOST_TEST(sealing.refreshed == 2);
    BOOST_TEST(witness.seen().size() == 4u);
    client->cl_auth = none;
    BOOST_TEST(echo(client, "open") == "open");
}

BOOST_AUTO_TEST_CASE(arguments_that_cannot_be_encoded_leave_nothing_behind) {
    const TlsServer server(serve_echo);
    const Client client = create(params_for(server.port()).get());
    std::string text;
    BOOST_TEST(clnt_call(client.get(), 1, routine(refuse_to_encode), &text, xdr_text, &text,
                         milliseconds(1000)) == RPC_CANTENCODEARGS);
    BOOST_TEST(echo(client, "fine") == "fine");
    char *line = nullptr;
    std::string sent = "to be freed";
    BOOST_TEST(clnt_call(client.get(), 1, xdr_text, &sent,
                         reinterpret_cast<xdrproc_t>(reinterpret_cast<void (*)()>(::xdr_wrapstring)), &line,
                         milliseconds(1000)) == RPC_SUCCESS);
    BOOST_TEST(line == sent);
    BOOST_TEST(clnt_freeres(client.get(),
                            reinterpret_cast<xdrproc_t>(reinterpret_cast<void (*)()>(::xdr_wrapstring)),
                            &line) == TRUE);
    BOOST_TEST(line == nullptr);
    clnt_abort(client.get());
}

BOOST_AUTO_TEST_CASE(threads_share_a_handle) {
    const TlsServer server(serve_echo);
    const Client client = create(params_for(server.port()).get());
    std::atomic<int> right{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&, i] {
                for (int k = 0; k < 50; ++k) {
                    const std::string text = std::to_string(i) + " " + std::to_string(k);
                    right += echo(client, text) == text;
                }
            });
    }
    BOOST_TEST(right == 200);
}

BOOST_AUTO_TEST_CASE(a_descriptor_given_to_a_handle_stays_the_caller_s_until_CLSET_FD_CLOSE) {
    const TlsServer server(serve_echo);
    const Params params = params_for(server.port());
    for (const bool give_away : {false, true}) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(server.port());
        BOOST_TEST_REQUIRE(::connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0);
        {
            const Client client(
                ::clnt_tls_create_fd(fd, "nfs1.example", test_program, test_version, params.get()));
            BOOST_TEST(created(client) == "ok");
            BOOST_TEST(echo(client, "text") == "text");
            if (give_away)
                BOOST_TEST(clnt_control(client.get(), CLSET_FD_CLOSE, nullptr) == TRUE);
        }
        BOOST_TEST((::fcntl(fd, F_GETFD) >= 0) == !give_away);
        if (!give_away)
            ::close(fd);
    }
}

BOOST_AUTO_TEST_CASE(after_a_failed_handshake_a_caller_s_descriptor_is_shut_down_and_still_open) {
    const TlsServer server(serve_echo);
    const Params params = params_for(server.port());
    const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server.port());
    BOOST_TEST_REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof address) == 0);
    const Client client(
        ::clnt_tls_create_fd(fd.get(), "other.example", test_program, test_version, params.get()));
    BOOST_TEST(created(client) == auth_error("server-name-mismatch"));
    BOOST_TEST(rpctls_error_connection_ended(rpctls_last_error()) == 1);
    BOOST_TEST(::send(fd.get(), "clear", 5, MSG_NOSIGNAL) == -1);
    BOOST_TEST(errno == EPIPE);
}

BOOST_AUTO_TEST_SUITE_END()
