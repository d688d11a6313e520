// SPDX-License-Identifier: LGPL-2.1-or-later
// A CLIENT handle within its session: the client's rows of RFC 9289 4.2 and 5.1.1, and what a broken peer does to it.
#include "rpc/base/text.hpp"
#include "tests/unit/client/clnt_fixture.hpp"

#include <algorithm>

using namespace rpctls;
using namespace rpctls::test;

namespace {

std::string error_name() {
    return rpctls_last_error() != nullptr ? rpctls_error_name(rpctls_last_error()) : "none";
}

std::string word_for(clnt_stat stat) {
    return clnt_sperrno(stat);
}

} // namespace

BOOST_AUTO_TEST_SUITE(clnt_session)

BOOST_AUTO_TEST_CASE(
    R_4_2_5_the_late_verdict_on_the_certificate_is_an_authentication_error_of_the_first_call) {
    const TlsServer server(serve_echo, authority().serving(tls::ClientCertificate::required));
    const Client client = create(params_for(server.port()).get());
    BOOST_TEST(created(client) == "ok");
    BOOST_TEST(call_null(client) == RPC_AUTHERROR);
    BOOST_TEST(error_name() == "client-certificate-required");
    BOOST_TEST(rpctls_error_connection_ended(rpctls_last_error()) == 1);
    rpc_err error{};
    clnt_geterr(client.get(), &error);
    BOOST_TEST(error.re_status == RPC_AUTHERROR);
    BOOST_TEST(error.re_why == AUTH_FAILED);
    BOOST_TEST(call_null(client) == RPC_AUTHERROR);
    BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(R_4_2_7_the_credential_passes_through_TLS_as_the_program_made_it) {
    Witness witness;
    {
        const TlsServer server([&](TlsPeer &peer, int) {
            const auto call = read_record(peer);
            witness.saw(call);
            peer.write(answer_to(call, octets(success)));
        });
        const Client client = create(params_for(server.port()).get());
        uid_t groups[] = {30, 40};
        char machine[] = "here";
        client->cl_auth = ::authunix_create(machine, 10, 20, 2, groups);
        BOOST_TEST(call_null(client) == RPC_SUCCESS);
        auth_destroy(client->cl_auth);
    }
    const auto call = witness.seen().at(0);
    BOOST_TEST(word(call, 7) == 1u); // AUTH_SYS
    // stamp, then "here", 10, 20, two groups; AUTH_NONE for verifier
    BOOST_TEST(hex(std::span(call).subspan(40)) == "00000004"
                                                   "68657265"
                                                   "0000000a"
                                                   "00000014"
                                                   "00000002"
                                                   "0000001e"
                                                   "00000028"
                                                   "00000000"
                                                   "00000000");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_7_a_reply_may_come_in_fragments_and_in_records_of_one_octet) {
    const TlsServer server([](TlsPeer &peer, int) {
        for (int i = 0; i < 2; ++i) {
            const auto call = read_record(peer);
            auto reply = octets("00000004 00000000 00000008 00000001 00000000 00000001 00"
                                "80000013 000000 00000000 00000000 00000004 74657874");
            std::copy_n(call.begin() + 4, 4, reply.begin() + 4);
            for (const std::byte octet : reply)
                peer.write(std::span(&octet, 1));
        }
    });
    // xid | REPLY, MSG_ACCEPTED | flavor's first octet | the rest
    const Client client = create(params_for(server.port()).get());
    BOOST_TEST(echo(client, "?") == "text");
    BOOST_TEST(echo(client, "?") == "text");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_8_an_unavailable_program_says_nothing_about_the_next_call_or_connection) {
    const TlsServer server([](TlsPeer &peer, int fd) {
        const auto call = read_record(peer);
        if (!call.empty())
            peer.write(answer_to(call, octets("00000001 00000000 00000000 00000000 00000001")));
        serve_echo(peer, fd);
    });
    const Params params = params_for(server.port());
    {
        const Client client = create(params.get());
        BOOST_TEST(call_null(client) == RPC_PROGUNAVAIL);
        BOOST_TEST(call_null(client) == RPC_SUCCESS);
    }
    const Client next = create(params.get());
    BOOST_TEST(created(next) == "ok");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_10_destroying_a_handle_ends_its_session_with_close_notify) {
    Witness witness;
    {
        const TlsServer server([&](TlsPeer &peer, int fd) {
            std::byte room[64];
            std::vector<std::byte> verdict;
            for (;;) {
                const auto got = peer.session().receive(room);
                if (got && !*got) {
                    client::wait_readable(fd, Deadline::after(std::chrono::seconds(5)));
                    continue;
                }
                if (got && **got == 0)
                    verdict = octets("00");
                break;
            }
            witness.saw(verdict);
        });
        const Client client = create(params_for(server.port()).get());
        BOOST_TEST(created(client) == "ok");
    }
    BOOST_TEST(hex(witness.seen().at(0)) == "00");
}

BOOST_AUTO_TEST_CASE(
    R_5_1_1_11_a_connection_cut_in_the_middle_of_a_reply_gives_no_result_and_ends_the_handle) {
    const TlsServer server([](TlsPeer &peer, int) {
        auto call = read_record(peer);
        auto reply = answer_to(call, octets(success));
        reply[3] = std::byte{200}; // promises more
        const auto begun = octets("00000040 74657874");
        reply.insert(reply.end(), begun.begin(), begun.end());
        peer.write(reply);
    });
    const Client client = create(params_for(server.port()).get());
    BOOST_TEST(echo(client, "?").starts_with("failed: RPC: Unable to receive"));
    BOOST_TEST(error_name() == "session-truncated");
    BOOST_TEST(call_null(client) == RPC_CANTSEND);
    BOOST_TEST(error_name() == "session-truncated");
}

BOOST_AUTO_TEST_CASE(R_5_1_1_12_after_the_server_s_close_notify_nothing_is_called_any_more) {
    const TlsServer server([](TlsPeer &peer, int fd) {
        (void)read_record(peer);
        peer.session().close();
        (void)read_to_end(fd);
    });
    const Client client = create(params_for(server.port()).get());
    BOOST_TEST(call_null(client) == RPC_CANTRECV);
    BOOST_TEST(error_name() == "rpc-closed");
    BOOST_TEST(call_null(client) == RPC_CANTSEND);
    BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(R_5_1_1_6_octets_in_clear_within_the_session_end_it) {
    const TlsServer server([](TlsPeer &peer, int fd) {
        const auto call = read_record(peer);
        write_octets(fd, answer_to(call, octets(success)));
        (void)read_to_end(fd);
    });
    const Client client = create(params_for(server.port()).get());
    const clnt_stat stat = call_null(client);
    BOOST_TEST((stat == RPC_CANTRECV || stat == RPC_AUTHERROR), word_for(stat));
    BOOST_TEST(call_null(client) != RPC_SUCCESS);
}

BOOST_AUTO_TEST_CASE(R_5_1_1_14_one_session_carries_several_programs) {
    Witness witness;
    {
        const TlsServer server([&](TlsPeer &peer, int) {
            for (auto call = read_record(peer); !call.empty(); call = read_record(peer)) {
                witness.saw({call.begin() + 16, call.begin() + 24});
                peer.write(answer_to(call, octets(success)));
            }
        });
        const Client client = create(params_for(server.port()).get());
        BOOST_TEST(call_null(client) == RPC_SUCCESS);
        rpcprog_t program = 100003;
        rpcvers_t version = 4;
        BOOST_TEST(clnt_control(client.get(), CLSET_PROG, &program) == TRUE);
        BOOST_TEST(clnt_control(client.get(), CLSET_VERS, &version) == TRUE);
        BOOST_TEST(call_null(client) == RPC_SUCCESS);
        BOOST_TEST(server.connections() == 1);
    }
    BOOST_TEST(hex(witness.seen().at(0)) == "20000099"
                                            "00000003");
    BOOST_TEST(hex(witness.seen().at(1)) == "000186a3"
                                            "00000004");
}

BOOST_AUTO_TEST_CASE(R_6_3_3_what_a_proved_server_answers_is_bounded_all_the_same) {
    const auto with = [](std::string_view reply) {
        const TlsServer server([&](TlsPeer &peer, int fd) {
            const auto call = read_record(peer);
            auto octets_of_reply = octets(reply);
            if (octets_of_reply.size() >= 8 && octets_of_reply[4] == std::byte{0xee})
                std::copy_n(call.begin() + 4, 4, octets_of_reply.begin() + 4);
            for (int i = 0; i < 40; ++i)
                write_all(peer, fd, octets_of_reply);
            (void)peer.read(1);
        });
        const Client client = create(params_for(server.port()).get());
        const std::string outcome = echo(client, "?", 300);
        return outcome + " " + error_name();
    };
    const std::string cannot_receive = "failed: RPC: Unable to receive ";
    BOOST_TEST(with("ffffffff 00000000") == cannot_receive + "record-too-large");
    BOOST_TEST(with("00000000") == cannot_receive + "record-empty");
    BOOST_TEST(with("80000018 01020304 00000001 00000000 00000000 00000000 00000000") ==
               cannot_receive + "rpc-failed");
    // a call instead of a reply, a reply of no known kind, a verifier beyond 400 octets, results cut off
    BOOST_TEST(with("80000018 eeeeeeee 00000000 00000002 00000000 00000000 00000000") ==
               cannot_receive + "rpc-failed");
    const std::string cannot_decode = "failed: RPC: Can't decode result none";
    BOOST_TEST(with("8000000c eeeeeeee 00000001 00000002") == cannot_decode);
    BOOST_TEST(with("80000014 eeeeeeee 00000001 00000000 00000000 00000191") == cannot_decode);
    BOOST_TEST(with("8000001c eeeeeeee 00000001 00000000 00000000 00000000 00000000 00000010") ==
               cannot_decode);
}

BOOST_AUTO_TEST_SUITE_END()
