// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/identities.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/key_pair.hpp"

#include <chrono>
#include <utility>

namespace rpctls::mount_helper {

namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::vector<std::byte> copy(std::span<const std::byte> bytes) {
    return {bytes.begin(), bytes.end()};
}

std::string label_of(const std::string &name) {
    return "identity " + name;
}

/// A key that is on the keyring but in no store: put there by nfstlskey(8) or by hand.
Result<tls::IdentityBytes> read_published(const keys::IdentitySerials &serials, const std::string &name) {
    auto certificate = keys::read_key(serials.certificate);
    if (!certificate)
        return std::move(certificate).error();
    auto key = keys::read_key(serials.private_key);
    if (!key)
        return std::move(key).error();
    return tls::IdentityBytes{label_of(name), copy(certificate->bytes()), std::move(*key), false};
}

struct Published {
    keys::Serial keyring;
    std::optional<keys::IdentitySerials> serials;
};

Result<Published> look_up(const std::string &name) {
    auto keyring = keys::find_nfs_keyring();
    if (!keyring)
        return std::move(keyring).error();
    if (!*keyring)
        return Error{Stage::keyring,
                     "nfs-keyring-missing",
                     "the kernel's keyring .nfs cannot be found",
                     {},
                     "modprobe nfs"};
    // The keys on it are for possessors only. It is ours for as long as this process lives.
    if (auto status = keys::possess(**keyring); !status)
        return std::move(status).error();
    auto serials = keys::find_identity(**keyring, name);
    if (!serials)
        return std::move(serials).error();
    return Published{**keyring, *serials};
}

/// From the store, else (where the kernel has one) from the keyring: that is the order in which serials_of() decides.
Result<tls::IdentityBytes> named_identity(const std::string &name, bool also_on_keyring) {
    auto stored = keys::IdentityStore().load(name);
    if (stored)
        return tls::IdentityBytes{label_of(name), copy(as_bytes(stored->chain_pem)),
                                  std::move(stored->private_key_pem)};
    if (!also_on_keyring || stored.error().name != "identity-unknown")
        return std::move(stored).error();
    auto published = look_up(name);
    if (!published)
        return std::move(published).error();
    if (!published->serials)
        return std::move(stored).error();
    return read_published(*published->serials, name);
}

/// The server would refuse it, and say less.
Status check_dates(const tls::Credentials &credentials, tls::Time now) {
    if (!credentials.has_identity())
        return {};
    const tls::CertificateInfo &own = credentials.chain().front();
    const bool early = now < own.not_before;
    if (!early && now <= own.not_after)
        return {};
    return Error{Stage::config, early ? "client-certificate-not-yet-valid" : "client-certificate-expired",
                 std::string("the client certificate of this mount ") +
                     (early ? "is not valid yet" : "has expired")}
        .with("subject", own.subject)
        .with(early ? "valid from" : "expired", format_time(early ? own.not_before : own.not_after))
        .with("local clock", format_time(now))
        .advise(early ? "set the clock of this machine, or of the one that issued the certificate"
                      : "renew it (tlsctl identity update NAME), or set the clock of this machine");
}

} // namespace

Result<std::shared_ptr<const tls::Credentials>> load_credentials(const IdentityUse &use,
                                                                 const tls::Settings &settings) {
    tls::CredentialSources sources;
    sources.truststore = settings.client.truststore;
    sources.crl = settings.client.crl;
    const auto named = [&](const std::string &name, bool also_on_keyring) -> Status {
        auto identity = named_identity(name, also_on_keyring);
        if (!identity)
            return std::move(identity).error();
        sources.identity = std::move(*identity);
        return {};
    };
    const auto status = std::visit(Overloaded{
                                       [](const NoIdentity &) -> Status { return {}; },
                                       [&](const ByKeySerials &by) { return named(by.name, true); },
                                       [&](const ByAgent &by) { return named(by.name, false); },
                                       [&](const ByConfiguration &by) -> Status {
                                           if (const auto *name = std::get_if<std::string>(&by.identity))
                                               return named(*name, false);
                                           sources.identity = std::get<tls::IdentityFiles>(by.identity);
                                           return {};
                                       },
                                   },
                                   use);
    if (!status)
        return status.error();
    auto credentials = tls::Credentials::load(std::move(sources));
    if (credentials)
        if (auto valid = check_dates(**credentials, std::chrono::system_clock::now()); !valid)
            return valid.error();
    return credentials;
}

Result<keys::IdentitySerials> serials_of(const std::string &name) {
    auto published = look_up(name);
    if (!published)
        return std::move(published).error();
    const keys::IdentityStore store;
    // An update of the store and of the keyring is not to be undone by what was in the store before.
    const auto held = store.hold_for_reading();
    if (!held)
        return held.error();
    auto stored = store.load(name);
    if (!stored) {
        if (published->serials && stored.error().name == "identity-unknown")
            return *published->serials;
        return std::move(stored).error();
    }
    if (stored->key_is_in_token())
        return Error{Stage::keyring, "identity-key-in-token",
                     "this kernel is told an identity by the serials of its keys, and the key of " + name +
                         " is in a token"}
            .with("key", std::string(as_text(stored->private_key_pem.bytes())))
            .advise(
                "name it in rpctls.conf as identity= of [authenticate.client] and mount with xprtsec=mtls "
                "alone, or use an identity with its key in a file");
    // Keyrings hold DER: one certificate behind the other, and a PKCS#8 key, whatever form the files have.
    const std::string label = label_of(name);
    auto pair = tls::read_key_pair(as_bytes(stored->chain_pem), label, stored->private_key_pem, label);
    if (!pair)
        return std::move(pair).error();
    auto publication = keys::publish_identity(published->keyring, name, pair->chain_der(),
                                              pair->private_key_der, pair->chain.front().not_after);
    if (!publication)
        return std::move(publication).error();
    return publication->serials;
}

} // namespace rpctls::mount_helper
