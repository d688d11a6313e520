// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/priority.hpp"

#include <string>

namespace rpctls::tls {

Result<Priority> make_priority() {
    // NORMAL brings the signature algorithms; everything else is named one by one, so that a later GnuTLS,
    // whose NORMAL knows more, negotiates no more than this. No CCM: it is slow and nothing here needs it.
    static constexpr const char *base =
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CTYPE-ALL:+CTYPE-X509"
        ":-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:-GROUP-ALL";
    static constexpr const char *classic_groups = ":+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1";
    // The exchange starts in clear RPC, so no middlebox takes it for HTTPS: the ChangeCipherSpec records that soothe
    // those (RFC 8446 D.4) would only cost a write of their own per side.
    static constexpr const char *no_pretence = ":%DISABLE_TLS13_COMPAT_MODE";
    // What is recorded today must stay secret for years, so the hybrid comes first where the library has it.
    static constexpr const char *hybrid_group = ":+GROUP-X25519-MLKEM768";
    gnutls_priority_t made = nullptr;
    int code = GNUTLS_E_INVALID_REQUEST;
    for (const std::string &text : {std::string(base) + hybrid_group + classic_groups + no_pretence,
                                    std::string(base) + classic_groups + no_pretence}) {
        code = gnutls_priority_init(&made, text.c_str(), nullptr);
        if (code >= 0)
            return Priority(made);
    }
    return Error{Stage::config, "tls-policy",
                 "this system's GnuTLS configuration leaves no way to use TLS 1.3"}
        .with("reason", gnutls_strerror(code))
        .advise("allow TLS 1.3 with AES-GCM or ChaCha20-Poly1305 in the system's crypto policy "
                "(/etc/gnutls/config or GNUTLS_SYSTEM_PRIORITY_FILE)");
}

} // namespace rpctls::tls
