// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/tls_hs_keyring.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/keyring_contents.hpp"
#include "rpc/keys/psk_store.hpp"

#include <keyutils.h>

#include <algorithm>
#include <cerrno>

namespace rpctls::keys {

namespace {

/// Digits as the layout writes them, without a leading zero.
bool is_number_below(std::string_view text, unsigned end) {
    const auto number = parse_number(text, end - 1);
    return number && text == std::to_string(*number);
}

/// Leaves the thread's keyring as it was: what the program has there stays.
class Loan {
public:
    explicit Loan(Serial keyring) {
        const auto held = keyring_contents(KEY_SPEC_THREAD_KEYRING);
        if (keyring > 0 && std::ranges::find(held, keyring) == held.end() && possess(keyring, Scope::thread))
            keyring_ = keyring;
    }
    ~Loan() {
        if (keyring_ > 0)
            (void)relinquish(keyring_, Scope::thread);
    }
    Loan(const Loan &) = delete;
    Loan &operator=(const Loan &) = delete;

private:
    Serial keyring_ = 0; ///< a special one is possessed as it is, or not at all
};

} // namespace

bool is_tls_hs_name(std::string_view description) {
    if (description == "pkey" || description == "ca")
        return true;
    if (description.starts_with("crt-"))
        return is_number_below(description.substr(4), tls_hs_certificates);
    if (!description.starts_with("psk-"))
        return false;
    const std::string_view rest = description.substr(4);
    for (const std::string_view end : {"-id", "-master"})
        if (rest.ends_with(end))
            return is_number_below(rest.substr(0, rest.size() - end.size()), tls_hs_numbers);
    return false;
}

Result<TlsHsKeys> read_tls_hs_keyring(Serial keyring) {
    const Loan loan(keyring);
    if (keyctl_read(keyring, nullptr, 0) < 0)
        return keyring_error("cannot read keyring " + std::to_string(keyring), errno);
    TlsHsKeys keys;
    for (const Serial serial : keyring_contents(keyring)) {
        const auto described = describe_key(serial);
        if (!described || described->type != "user" || !is_tls_hs_name(described->description))
            continue;
        auto payload = read_key(serial);
        if (!payload)
            return std::move(payload).error().with("key", described->description);
        if (!keys.try_emplace(described->description, std::move(*payload)).second)
            return Error{Stage::keyring, "tls-hs-twice",
                         "keyring " + std::to_string(keyring) + " has two keys named " +
                             described->description};
    }
    return keys;
}

} // namespace rpctls::keys
