// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/priority.hpp"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>

namespace rpctls::tls {

namespace {

Error no_way(std::string reason) {
    return Error{Stage::config, "tls-policy",
                 "this system's GnuTLS configuration leaves no way to use TLS 1.3"}
        .with("reason", std::move(reason))
        .advise("allow TLS 1.3 with AES-GCM or ChaCha20-Poly1305 in the system's crypto policy "
                "(/etc/gnutls/config or GNUTLS_SYSTEM_PRIORITY_FILE)");
}

using Getter = int (*)(gnutls_priority_t, const unsigned **);

std::span<const unsigned> list_of(gnutls_priority_t priority, Getter get) {
    const unsigned *first = nullptr;
    const int count = get(priority, &first);
    return count > 0 ? std::span(first, static_cast<std::size_t>(count)) : std::span<const unsigned>();
}

/// What the system uses when a program asks for nothing special, beside what GnuTLS would without the system's word.
/// Disabled algorithms are gone from every priority; a default priority string is known by the difference.
class SystemPolicy {
public:
    static Result<SystemPolicy> read() {
        SystemPolicy policy;
        for (const auto &[text, into] :
             {std::pair<const char *, Priority *>(nullptr, &policy.system_), {"NORMAL", &policy.normal_}}) {
            gnutls_priority_t made = nullptr;
            if (const int code = gnutls_priority_init(&made, text, nullptr); code < 0)
                return no_way(gnutls_strerror(code));
            into->reset(made);
        }
        return policy;
    }

    bool allows(Getter get, unsigned algorithm) const {
        return !narrows(get) || std::ranges::count(list_of(system_.get(), get), algorithm) != 0;
    }

    bool narrows(Getter get) const {
        return !std::ranges::equal(list_of(system_.get(), get), list_of(normal_.get(), get));
    }

    std::span<const unsigned> list(Getter get) const { return list_of(system_.get(), get); }

private:
    Priority system_;
    Priority normal_;
};

struct Choice {
    unsigned algorithm;
    const char *text;
};

constexpr Choice aes_256_gcm{GNUTLS_CIPHER_AES_256_GCM, ":+AES-256-GCM"};
constexpr Choice aes_128_gcm{GNUTLS_CIPHER_AES_128_GCM, ":+AES-128-GCM"};
constexpr Choice chacha20{GNUTLS_CIPHER_CHACHA20_POLY1305, ":+CHACHA20-POLY1305"};

std::string allowed(const SystemPolicy &policy, Getter get, std::initializer_list<Choice> choices) {
    std::string text;
    for (const Choice &choice : choices)
        if (policy.allows(get, choice.algorithm))
            text += choice.text;
    return text;
}

std::string signatures(const SystemPolicy &policy) {
    if (!policy.narrows(gnutls_priority_sign_list))
        return ""; // NORMAL's
    std::string text = ":-SIGN-ALL";
    for (const unsigned algorithm : policy.list(gnutls_priority_sign_list))
        if (const char *name = gnutls_sign_get_name(static_cast<gnutls_sign_algorithm_t>(algorithm)))
            text += ":+SIGN-" + std::string(name);
    return text;
}

/// `exchange` says what authenticates the peers, ciphers in the order of preference.
Result<Priority> make(const std::string &exchange, std::initializer_list<Choice> ciphers) {
    const auto policy = SystemPolicy::read();
    if (!policy)
        return policy.error();
    if (!policy->allows(gnutls_priority_protocol_list, GNUTLS_TLS1_3))
        return no_way("TLS 1.3 is not allowed");
    const std::string usable_ciphers = allowed(*policy, gnutls_priority_cipher_list, ciphers);
    if (usable_ciphers.empty())
        return no_way("no cipher of those that the kernel can take over is allowed");
    // NORMAL brings the signature algorithms; everything else is named one by one, so that a later GnuTLS,
    // whose NORMAL knows more, negotiates no more than this. No CCM: it is slow and nothing here needs it.
    const std::string base = "NORMAL:-VERS-ALL:+VERS-TLS1.3" + exchange + signatures(*policy) +
                             ":-CIPHER-ALL" + usable_ciphers + ":-GROUP-ALL";
    const std::string classic_groups = allowed(*policy, gnutls_priority_group_list,
                                               {{GNUTLS_GROUP_X25519, ":+GROUP-X25519"},
                                                {GNUTLS_GROUP_SECP256R1, ":+GROUP-SECP256R1"},
                                                {GNUTLS_GROUP_SECP384R1, ":+GROUP-SECP384R1"}});
    // What is recorded today must stay secret for years, so the hybrid comes first where the library has it.
    static constexpr const char *hybrid_name = "X25519-MLKEM768";
    const gnutls_group_t hybrid = gnutls_group_get_id(hybrid_name);
    const bool with_hybrid =
        hybrid != GNUTLS_GROUP_INVALID && policy->allows(gnutls_priority_group_list, hybrid);
    // The exchange starts in clear RPC, so no middlebox takes it for HTTPS: the ChangeCipherSpec records that soothe
    // those (RFC 8446 D.4) would only cost a write of their own per side.
    static constexpr const char *no_pretence = ":%DISABLE_TLS13_COMPAT_MODE";
    gnutls_priority_t made = nullptr;
    int code = GNUTLS_E_INVALID_REQUEST;
    if (with_hybrid) {
        const std::string text = base + ":+GROUP-" + hybrid_name + classic_groups + no_pretence;
        code = gnutls_priority_init(&made, text.c_str(), nullptr);
    }
    if (code < 0)
        code = gnutls_priority_init(&made, (base + classic_groups + no_pretence).c_str(), nullptr);
    if (code < 0)
        return no_way(gnutls_strerror(code));
    return Priority(made);
}

} // namespace

Result<Priority> make_priority() {
    return make(":-CTYPE-ALL:+CTYPE-X509", {aes_256_gcm, aes_128_gcm, chacha20});
}

Result<Priority> make_psk_priority(std::optional<PskHash> hash) {
    const std::string exchange = ":-KX-ALL:+ECDHE-PSK:+DHE-PSK";
    if (!hash)
        return make(exchange, {aes_256_gcm, aes_128_gcm});
    if (*hash == PskHash::sha384)
        return make(exchange, {aes_256_gcm});
    return make(exchange, {aes_128_gcm});
}

} // namespace rpctls::tls
