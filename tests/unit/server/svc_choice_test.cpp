// SPDX-License-Identifier: LGPL-2.1-or-later
// Which identity a client is shown: by the name that it asks for, or by what the program says.
#include "tests/unit/server/svc_relay.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::test;

namespace {

/// A second name with a certificate of its own, and a third with another CA for its clients, who must prove themselves.
struct Choices {
    Choices() {
        files.write("b.pem", second.certificate);
        files.write("b.key", second.key);
        files.write("other.pem", other_ca.certificate);
        for (rpctls_params *params : {b, c}) {
            rpctls_params_set_identity_files(params, files.path("b.pem").c_str(),
                                             files.path("b.key").c_str());
            rpctls_params_set_truststore(params, files.path("ca.pem").c_str());
        }
        rpctls_params_set_truststore(c, files.path("other.pem").c_str());
        rpctls_params_set_policy(c, RPCTLS_POLICY_MTLS);
    }
    ~Choices() {
        rpctls_params_free(b);
        rpctls_params_free(c);
    }
    Choices(const Choices &) = delete;
    Choices &operator=(const Choices &) = delete;

    void add(rpctls_params *params) const {
        rpctls_params_set_identity_files(params, files.path("server.pem").c_str(),
                                         files.path("server.key").c_str());
        rpctls_params_set_truststore(params, files.path("ca.pem").c_str());
        BOOST_TEST(rpctls_params_add_choice(params, "B.example", b) == 0);
        BOOST_TEST(rpctls_params_add_choice(params, "c.example", c) == 0);
        BOOST_TEST(rpctls_params_add_choice(params, "b.EXAMPLE", b) == -1);
    }

    Files files;
    Certified second = certify({.common_name = "b", .dns_names = {"b.example", "c.example"}}, &files.ca);
    Certified other_ca = certify({.common_name = "Other CA", .is_ca = true});
    Certified others = certify({.common_name = "other's client"}, &other_ca);
    rpctls_params *b = rpctls_params_new();
    rpctls_params *c = rpctls_params_new();
};

std::string shown(const Served &served, const std::string &options) {
    const std::string text = s_client(served, "-alpn sunrpc " + options);
    const auto at = text.find("subject=");
    return at == std::string::npos ? "none" : text.substr(at, text.find('\n', at) - at);
}

const char *by_program(void *context, const char *name) {
    ++*static_cast<std::atomic<unsigned> *>(context);
    if (name == nullptr)
        return "";
    if (name == std::string("b.example"))
        return "B.Example";
    return name == std::string("nowhere.example") ? "no such label" : nullptr;
}

} // namespace

BOOST_AUTO_TEST_SUITE(svc_choice)

BOOST_AUTO_TEST_CASE(
    the_name_that_a_client_asks_for_chooses_the_certificate_and_all_others_get_the_server_s_own) {
    const Choices choices;
    const Served served(RPCTLS_POLICY_TLS, [&](rpctls_params *params) { choices.add(params); });
    BOOST_TEST(shown(served, "-servername b.example") == "subject=CN = b");
    BOOST_TEST(shown(served, "-servername B.eXample") == "subject=CN = b");
    BOOST_TEST(shown(served, "-servername nfs1.example") == "subject=CN = server");
    BOOST_TEST(shown(served, "-noservername") == "subject=CN = server");
    BOOST_TEST(served.logged("alpn=sunrpc name=b.example"));
    BOOST_TEST(shown(served, "-servername '\x01\xff'") == "none"); // no name of a host: GnuTLS refuses it
}

BOOST_AUTO_TEST_CASE(a_choice_has_its_own_CA_for_clients_and_may_insist_where_the_server_does_not) {
    const Choices choices;
    Served served(RPCTLS_POLICY_TLS, [&](rpctls_params *params) { choices.add(params); });
    const auto call = [&](const std::string &name, const Certified *own) {
        Caller caller(served.port());
        if (caller.probe().empty() || caller.shake_hands(choices.files, own, name) != "done")
            return std::string("no handshake");
        return caller.call(proc_null) == "" ? std::string("refused") : std::string("served");
    };
    BOOST_TEST(call("c.example", nullptr) == "refused");
    BOOST_TEST(call("c.example", &choices.files.client) == "refused");
    BOOST_TEST(call("c.example", &choices.others) == "served");
    BOOST_TEST(call("b.example", nullptr) == "served");
    BOOST_TEST(call("b.example", &choices.files.client) == "served");
    BOOST_TEST(call("b.example", &choices.others) == "refused");
    BOOST_TEST(served.logged("handshake failed: certificate-missing"));
    // A reload reads the choices' files, too, and judges each session by its own.
    Caller other(served.port()), usual(served.port());
    BOOST_TEST(!other.probe().empty());
    BOOST_TEST(other.shake_hands(choices.files, &choices.others, "c.example") == "done");
    BOOST_TEST(usual.start_tls(choices.files, &choices.files.client) == "done");
    choices.files.write("other.pem", choices.files.ca.certificate);
    BOOST_TEST(svc_tls_reload(served.listener()) == 0);
    BOOST_TEST(other.end_of_session() == "closed");
    BOOST_TEST(usual.call(proc_null) != "");
    choices.files.write("b.key", "no key");
    BOOST_TEST(svc_tls_reload(served.listener()) == -1);
    BOOST_TEST(call("b.example", nullptr) == "served");
}

BOOST_AUTO_TEST_CASE(a_program_that_chooses_is_asked_once_for_each_handshake_and_may_refuse) {
    const Choices choices;
    std::atomic<unsigned> asked{0};
    const Served served(RPCTLS_POLICY_TLS, [&](rpctls_params *params) {
        choices.add(params);
        BOOST_TEST(rpctls_params_set_selection(params, by_program, &asked) == 0);
    });
    BOOST_TEST(shown(served, "-servername b.example") == "subject=CN = b");
    BOOST_TEST(shown(served, "-noservername") == "subject=CN = server");
    BOOST_TEST(asked == 2u);
    // A key share for a group that the server does not take leads to a HelloRetryRequest: the second hello is no second question.
    BOOST_TEST(shown(served, "-servername b.example -curves P-521:P-256") == "subject=CN = b");
    BOOST_TEST(asked == 3u);
    for (const char *name : {"c.example", "nowhere.example"}) {
        const std::string text = s_client(served, std::string("-alpn sunrpc -servername ") + name);
        BOOST_TEST(text.find("alert number 112") != std::string::npos, text);
    }
    BOOST_TEST(served.logged("handshake failed: server-name-refused"));
    BOOST_TEST(served.logged("handshake failed: server-name-unknown"));
    BOOST_TEST(rpctls_params_add_choice(choices.b, "x", choices.b) == -1);
    BOOST_TEST(rpctls_params_add_choice(choices.b, "", choices.c) == -1);
    BOOST_TEST(rpctls_params_set_selection(nullptr, nullptr, nullptr) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
