// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/client/preflight.hpp"
#include "tests/unit/client/tls_peer.hpp"
#include "tests/unit/tls/test_pki.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace rpctls::test {

/// A CA that both ends know, a server and a client certificate.
struct Authority {
    Certified ca = certify({.common_name = "Test CA", .is_ca = true});
    Certified server =
        certify({.common_name = "server", .dns_names = {"nfs1.example"}, .addresses = {"127.0.0.1"}}, &ca);
    Certified client = certify({.common_name = "client", .dns_names = {"client.example"}}, &ca);

    tls::ServerParameters
    serving(tls::ClientCertificate wish = tls::ClientCertificate::verified_if_given) const {
        return {.credentials = load({.own = {server}, .trusted = {ca}}), .client_certificate = wish};
    }
    std::shared_ptr<const tls::Credentials> trust() const { return load({.trusted = {ca}}); }
    std::shared_ptr<const tls::Credentials> identity() const {
        return load({.own = {client}, .trusted = {ca}});
    }
};

inline const Authority &authority() {
    static const Authority made;
    return made;
}

/// A request to a scripted peer, with times that suit tests.
inline client::PreflightRequest request_to(const ScriptedPeer &peer) {
    client::PreflightRequest request;
    request.host = "127.0.0.1";
    request.port = peer.port();
    request.credentials = authority().trust();
    request.reserved_port = false;
    request.timeout = std::chrono::milliseconds(3000);
    request.stage_timeout = std::chrono::milliseconds(2000);
    return request;
}

/// How it ended: "ok" or the name of the failure.
inline std::string outcome(const client::PreflightReport &report) {
    return report.failure ? report.failure->name : "ok";
}

} // namespace rpctls::test
