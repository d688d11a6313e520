// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/policy.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/certificate.hpp"

namespace rpctls::mount_helper {

Result<Protection> choose_protection(const Seen &seen, const MountPolicy &policy,
                                     const std::optional<client::KnownServer> &known,
                                     std::string_view server) {
    if (known && (!seen.tls_offered || (known->asks_certificate && !seen.certificate_asked)))
        return Error{Stage::probe, "downgrade-refused",
                     "the server offers less protection than it did before"}
            .with("server", printable(server))
            .with("last seen",
                  format_time(known->last) +
                      (known->asks_certificate ? ", with TLS, asking for a certificate" : ", with TLS"))
            .with("seen now", seen.tls_offered ? "TLS, asking for no certificate" : "no TLS offered")
            .advise(
                "somebody on the way may be stripping it: look at the network path and the server; if its "
                "administrator did this, tlsctl known forget " +
                printable(server));
    const auto chosen = !seen.tls_offered                                 ? Protection::none
                        : seen.certificate_asked && seen.certificate_sent ? Protection::mtls
                                                                          : Protection::tls;
    if (auto enough = check_minimum(chosen, policy, server); !enough)
        return std::move(enough).error();
    return chosen;
}

} // namespace rpctls::mount_helper
