// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/psk_impl.hpp"
#include "rpc/tls/session_state.hpp"
#include "rpc/tls/take_octets.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace rpctls::tls {

namespace {

/// GnuTLS 3.8.11 came with functions that say the binder's hash; before, it is SHA-256. Looked up where we run, since
/// packages are built against older versions than they run with.
template <class Handle>
using AllocateFor = int (*)(Handle *, gnutls_mac_algorithm_t);

template <class Handle>
AllocateFor<Handle> allocate_for(const char *name) {
    return reinterpret_cast<AllocateFor<Handle>>(::dlsym(RTLD_DEFAULT, name));
}

/// Credentials of either kind, for keys of that hash; empty when this GnuTLS has none such.
template <class Owned>
Owned allocate(PskHash hash, const char *with_hash, int (*without)(typename Owned::pointer *)) {
    using Handle = typename Owned::pointer;
    static const auto allocate_with_hash = allocate_for<Handle>(with_hash);
    Handle handle = nullptr;
    int code = GNUTLS_E_UNIMPLEMENTED_FEATURE;
    if (allocate_with_hash != nullptr)
        code = allocate_with_hash(&handle, hash == PskHash::sha256 ? GNUTLS_MAC_SHA256 : GNUTLS_MAC_SHA384);
    else if (hash == PskHash::sha256)
        code = without(&handle);
    if (code == GNUTLS_E_MEMORY_ERROR)
        throw std::bad_alloc();
    return code < 0 ? Owned() : Owned(handle);
}

PskClientCredentials allocate_client(PskHash hash) {
    return allocate<PskClientCredentials>(hash, "gnutls_psk_allocate_client_credentials2",
                                          gnutls_psk_allocate_client_credentials);
}

PskServerCredentials allocate_server(PskHash hash) {
    return allocate<PskServerCredentials>(hash, "gnutls_psk_allocate_server_credentials2",
                                          gnutls_psk_allocate_server_credentials);
}

Error unsupported(PskHash hash) {
    return Error{Stage::keyring, "psk-hash-unsupported",
                 "this system's GnuTLS has no pre-shared keys of " + std::string(to_string(hash))}
        .with("gnutls", gnutls_check_version(nullptr))
        .advise("use GnuTLS 3.8.11 or newer, or a key of SHA-256 (nvme gen-tls-key --hmac=1)");
}

const PresharedKey *key_of(gnutls_session_t session) {
    const auto *state = static_cast<const SessionState *>(gnutls_session_get_ptr(session));
    return state->psk && state->psk->key ? &*state->psk->key : nullptr;
}

int copy(std::span<const std::byte> octets, gnutls_datum_t &copy) {
    copy.data = static_cast<unsigned char *>(gnutls_malloc(octets.size()));
    if (copy.data == nullptr)
        return -1;
    std::memcpy(copy.data, octets.data(), octets.size());
    copy.size = static_cast<unsigned>(octets.size());
    return 0;
}

int give_server_key(gnutls_session_t session, const gnutls_datum_t *identity, gnutls_datum_t *key) {
    const PresharedKey *own = key_of(session);
    const bool same =
        own != nullptr && std::ranges::equal(view(*identity), std::as_bytes(std::span(own->identity)));
    return same ? copy(own->secret.bytes(), *key) : -1;
}

int give_client_key(gnutls_session_t session, gnutls_datum_t *identity, gnutls_datum_t *key) {
    const PresharedKey *own = key_of(session);
    if (own == nullptr || copy(std::as_bytes(std::span(own->identity)), *identity) < 0)
        return -1;
    return copy(own->secret.bytes(), *key);
}

/// The first identity that is no session ticket: those have an age, keys from outside have 0 (RFC 8446 4.2.11).
std::optional<std::string> first_identity(std::span<const std::byte> extension) {
    auto identities = take_vector(extension, 2);
    while (identities) {
        const auto identity = take_vector(*identities, 2);
        if (!identity)
            break;
        const auto age = take_number(*identities, 4);
        if (age == 0 && !identity->empty())
            return std::string(reinterpret_cast<const char *>(identity->data()), identity->size());
    }
    return std::nullopt;
}

/// Points `context`, a span, to the extension when it is pre_shared_key. Within GnuTLS: it must not throw.
int look_for_extension(void *context, unsigned id, const unsigned char *data, unsigned size) {
    constexpr unsigned pre_shared_key = 41;
    if (id == pre_shared_key)
        *static_cast<std::span<const std::byte> *>(context) = std::as_bytes(std::span(data, size));
    return 0;
}

int refuse(SessionState &state, Error error, gnutls_alert_description_t alert) {
    state.refusal = Refusal{std::move(error), alert};
    return GNUTLS_E_UNWANTED_ALGORITHM;
}

Error not_offered(const SessionState &state) {
    return Error{Stage::handshake, "psk-missing", state.who + " offers no pre-shared key"}.advise(
        "have the peer use the key that both ends share; it may have tried a certificate");
}

Error too_long(const SessionState &state, std::size_t size) {
    return Error{Stage::handshake, "psk-identity-unknown",
                 state.who + " offers a pre-shared key whose identity is too long"}
        .with("limit", std::to_string(longest_psk_identity))
        .with("seen", std::to_string(size));
}

} // namespace

Status check_psk_support(PskHash hash) {
    if (!allocate_client(hash) || !allocate_server(hash))
        return unsupported(hash);
    return {};
}

Status set_client_psk(SessionState &state) {
    PskState &psk = *state.psk;
    psk.client = allocate_client(psk.key->hash);
    if (!psk.client)
        return unsupported(psk.key->hash);
    gnutls_psk_set_client_credentials_function2(psk.client.get(), give_client_key);
    if (gnutls_credentials_set(state.handle.get(), GNUTLS_CRD_PSK, psk.client.get()) < 0)
        throw std::bad_alloc();
    return {};
}

std::optional<std::string> offered_psk(std::span<const std::byte> client_hello) {
    std::span<const std::byte> extension;
    const gnutls_datum_t message = borrow(client_hello);
    if (gnutls_ext_raw_parse(&extension, look_for_extension, &message, GNUTLS_EXT_RAW_FLAG_TLS_CLIENT_HELLO) <
        0)
        return std::nullopt;
    return first_identity(extension);
}

int choose_server_psk(SessionState &state, std::span<const std::byte> client_hello) {
    PskState &psk = *state.psk;
    const std::optional<std::string> identity = offered_psk(client_hello);
    if (!identity)
        return refuse(state, not_offered(state), GNUTLS_A_HANDSHAKE_FAILURE);
    if (identity->size() > longest_psk_identity)
        return refuse(state, too_long(state, identity->size()), GNUTLS_A_UNKNOWN_PSK_IDENTITY);
    state.facts.psk_identity = *identity;
    if (psk.key && psk.key->identity == *identity)
        return 0; // its second hello, after HelloRetryRequest
    auto found = psk.find(*identity);
    if (!found)
        return refuse(state, std::move(found).error(), GNUTLS_A_UNKNOWN_PSK_IDENTITY);
    psk.server = allocate_server(found->hash);
    if (!psk.server)
        return refuse(state, unsupported(found->hash), GNUTLS_A_INTERNAL_ERROR);
    psk.key = std::move(*found);
    psk.key->identity = std::move(*identity);
    gnutls_psk_set_server_credentials_function2(psk.server.get(), give_server_key);
    if (gnutls_credentials_set(state.handle.get(), GNUTLS_CRD_PSK, psk.server.get()) < 0)
        throw std::bad_alloc();
    return 0;
}

} // namespace rpctls::tls
