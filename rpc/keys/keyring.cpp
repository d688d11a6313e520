// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/keyring.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/keys/proc_keys.hpp"

#include <keyutils.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <vector>

namespace rpctls::keys {

namespace {

constexpr std::size_t largest_payload = 64 * 1024;
constexpr std::size_t largest_proc_keys = 16 * 1024 * 1024;
constexpr const char *key_type = "user";

/// What nfstlskey(8) gives its keys: the owner may see and find them, so that mount.nfs need not possess the keyring
/// to learn the serials; reading takes possession.
constexpr key_perm_t key_permissions = KEY_POS_ALL | KEY_USR_VIEW | KEY_USR_SEARCH;

} // namespace

Error keyring_error(std::string what, int number) {
    const auto error = [&](const char *name, std::string hint) {
        return system_error(Stage::keyring, name, std::move(what), number).advise(std::move(hint));
    };
    switch (number) {
    case ENOKEY:
        return error("key-missing", "publish the identity again: tlsctl identity add");
    case EKEYEXPIRED:
        return error("key-expired",
                     "the key was given a time limit that has passed: publish the identity again");
    case EKEYREVOKED:
        return error("key-revoked", "the key was revoked: publish the identity again");
    case EACCES:
    case EPERM:
        return error("keyring-denied", "run as root of the network namespace that the mount is made in");
    case EDQUOT:
        return error(
            "keyring-full",
            "this user's key quota is used up: see /proc/key-users, and raise kernel.keys.root_maxkeys and "
            "kernel.keys.root_maxbytes (or maxkeys and maxbytes for others) with sysctl");
    case ENOSYS:
        return error("keyring-unsupported",
                     "this kernel, or a filter around this process, has no keyrings: files "
                     "can be used instead");
    default:
        return error("keyring-failed", "");
    }
}

namespace {

std::string key_description(std::string_view name, std::string_view part) {
    return "nfs:x509:" + std::string(name) + ":" + std::string(part);
}

std::string key_name(Serial key) {
    return "key " + std::to_string(key);
}

/// Whether root owns `key`, of that type and description: request_key(2) may be answered by a key that somebody else
/// put on a keyring that we inherited.
bool is_root_key(Serial key, std::string_view type, std::string_view description) {
    std::array<char, 256> text{};
    const long length = keyctl_describe(key, text.data(), text.size());
    if (length <= 0 || static_cast<std::size_t>(length) > text.size())
        return false;
    const auto parts = split({text.data(), static_cast<std::size_t>(length) - 1}, ';');
    return parts.size() == 5 && parts[0] == type && parts[1] == "0" && parts[4] == description;
}

/// The keyring of the caller's network namespace, on kernels that have one in each.
std::optional<Serial> namespace_keyring() {
    // Never an upcall: the kernel answers itself, or does not know the type and says ENOKEY.
    const key_serial_t key = request_key("nfs_keyring", ".nfs", "", KEY_SPEC_THREAD_KEYRING);
    if (key < 0)
        return std::nullopt;
    std::array<char, 32> text{};
    const long length = keyctl_read(key, text.data(), text.size());
    const bool genuine = is_root_key(key, "nfs_keyring", ".nfs");
    (void)keyctl_unlink(key, KEY_SPEC_THREAD_KEYRING);
    if (!genuine || length <= 0 || static_cast<std::size_t>(length) > text.size())
        return std::nullopt;
    std::string_view digits(text.data(), static_cast<std::size_t>(length));
    const auto serial = parse_number(trimmed(digits.substr(0, digits.find('\0'))), INT32_MAX);
    if (!serial || !is_root_key(static_cast<Serial>(*serial), "keyring", ".nfs"))
        return std::nullopt;
    return static_cast<Serial>(*serial);
}

key_serial_t own_keyring(Scope scope) {
    return scope == Scope::thread ? KEY_SPEC_THREAD_KEYRING : KEY_SPEC_PROCESS_KEYRING;
}

Result<std::optional<Serial>> find_key(Serial keyring, const std::string &description) {
    const long key = keyctl_search(keyring, key_type, description.c_str(), 0);
    if (key >= 0)
        return std::optional(static_cast<Serial>(key));
    // A key that has run out is replaced by add_key(2): as good as none.
    if (errno == ENOKEY || errno == EKEYEXPIRED || errno == EKEYREVOKED)
        return std::optional<Serial>();
    return keyring_error("cannot search the keyring for " + description, errno);
}

/// A key as it was, so that the first half of a pair can be taken back when the second half fails.
struct Before {
    Serial key = 0;
    Secret payload;
};

struct PutKey {
    Serial key = 0;
    Publication::Change change = Publication::Change::none;
    std::optional<Before> before{};
};

Result<PutKey> put_key(Serial keyring, const std::string &description, std::span<const std::byte> payload) {
    auto present = find_key(keyring, description);
    if (!present)
        return std::move(present).error();
    if (*present) {
        auto old = read_key(**present);
        if (!old)
            return std::move(old).error();
        if (old->equals(payload))
            return PutKey{**present};
        if (keyctl_update(**present, payload.data(), payload.size()) != 0)
            return keyring_error("cannot update " + description, errno);
        return PutKey{**present, Publication::Change::updated, Before{**present, std::move(*old)}};
    }
    // The kernel's default lets possessors read and nobody else, so there is no moment in which others could.
    const key_serial_t key = add_key(key_type, description.c_str(), payload.data(), payload.size(), keyring);
    if (key < 0)
        return keyring_error("cannot add " + description + " to the keyring", errno);
    if (keyctl_setperm(key, key_permissions) != 0) {
        const int number = errno;
        (void)keyctl_unlink(key, keyring);
        return keyring_error("cannot set the permissions of " + description, number);
    }
    return PutKey{key, Publication::Change::added};
}

void take_back(Serial keyring, const PutKey &put) {
    if (put.before)
        (void)keyctl_update(put.key, put.before->payload.bytes().data(), put.before->payload.size());
    else if (put.change == Publication::Change::added)
        (void)keyctl_unlink(put.key, keyring);
}

/// In the kernel's terms: seconds from now, 0 for no end. The kernel keeps the moment, so a clock that is set later
/// changes nothing.
unsigned time_limit(ExpiryTime expires) {
    const auto left =
        std::chrono::duration_cast<std::chrono::seconds>(expires - std::chrono::system_clock::now()).count();
    return left > 0 && left <= UINT_MAX ? static_cast<unsigned>(left) : 0;
}

Status limit_key(Serial key, unsigned seconds) {
    if (keyctl_set_timeout(key, seconds) != 0)
        return keyring_error("cannot set the end of " + key_name(key), errno);
    return {};
}

} // namespace

Result<std::optional<Serial>> find_nfs_keyring() {
    if (const auto serial = namespace_keyring())
        return serial;
    auto keys = read_file("/proc/keys", largest_proc_keys);
    if (keys)
        return find_root_keyring(*keys, ".nfs");
    if (keys.error().system_errno == ENOENT)
        return keyring_error("cannot look for the kernel's keyrings in /proc/keys", ENOSYS);
    Error error = std::move(keys).error();
    return system_error(Stage::keyring, "keyring-unreadable",
                        "cannot look for the kernel's keyrings in /proc/keys", error.system_errno);
}

bool is_root_keyring(Serial keyring, std::string_view name) {
    return is_root_key(keyring, "keyring", name);
}

Status possess(Serial keyring, Scope scope) {
    if (keyctl_link(keyring, own_keyring(scope)) != 0)
        return keyring_error("cannot take possession of keyring " + std::to_string(keyring), errno);
    return {};
}

Status relinquish(Serial keyring, Scope scope) {
    if (keyctl_unlink(keyring, own_keyring(scope)) != 0 && errno != ENOENT && errno != ENOKEY)
        return keyring_error("cannot give up keyring " + std::to_string(keyring), errno);
    return {};
}

Result<Secret> read_key(Serial key) {
    for (;;) {
        const long size = keyctl_read(key, nullptr, 0);
        if (size < 0 && (errno == EACCES || errno == EPERM))
            return system_error(Stage::keyring, "key-unreadable", "cannot read " + key_name(key), errno)
                .advise(
                    "only who possesses the key may read it: it must be on the keyring that the mount or the "
                    "connection is for (.nfs, .nvme), or on one that keyrings= of [authenticate] names "
                    "(keyctl describe " +
                    std::to_string(key) + ")");
        if (size < 0)
            return keyring_error("cannot read " + key_name(key), errno);
        if (static_cast<std::size_t>(size) > largest_payload)
            return Error{Stage::keyring, "key-too-large",
                         key_name(key) + " is too large for a certificate or a key"}
                .with("size", std::to_string(size))
                .with("limit", std::to_string(largest_payload));
        Secret payload(static_cast<std::size_t>(size));
        const long got = keyctl_read(key, reinterpret_cast<char *>(payload.bytes().data()), payload.size());
        if (got < 0)
            return keyring_error("cannot read " + key_name(key), errno);
        if (got > size) // updated in between
            continue;
        payload.shrink(static_cast<std::size_t>(got));
        return payload;
    }
}

Result<Publication> publish_identity(Serial keyring, std::string_view name, std::span<const std::byte> chain,
                                     const Secret &private_key, ExpiryTime expires) {
    if (auto valid = check_identity_name(name); !valid)
        return std::move(valid).error();
    auto certificate = put_key(keyring, key_description(name, "cert"), chain);
    if (!certificate)
        return std::move(certificate).error();
    auto key = put_key(keyring, key_description(name, "privkey"), private_key.bytes());
    if (!key) {
        // A certificate beside another's key would fail every handshake: as it was, then.
        take_back(keyring, *certificate);
        return std::move(key).error();
    }
    // An update has taken the old end off.
    for (const Serial serial : {certificate->key, key->key})
        if (auto limited = limit_key(serial, time_limit(expires)); !limited)
            return std::move(limited).error();
    return Publication{{certificate->key, key->key}, std::max(certificate->change, key->change)};
}

Status withdraw_identity(Serial keyring, std::string_view name) {
    if (auto valid = check_identity_name(name); !valid)
        return valid;
    for (const char *part : {"privkey", "cert"}) {
        const auto key = find_key(keyring, key_description(name, part));
        if (!key)
            return key.error();
        if (*key && keyctl_unlink(**key, keyring) != 0 && errno != ENOENT)
            return keyring_error("cannot take " + key_name(**key) + " off the keyring", errno);
    }
    return {};
}

Result<std::map<std::string, IdentitySerials, std::less<>>> published_identities(Serial keyring) {
    // A key added in between makes the keyring larger than it said.
    std::vector<key_serial_t> members;
    for (;;) {
        const long size = keyctl_read(keyring, reinterpret_cast<char *>(members.data()),
                                      members.size() * sizeof(key_serial_t));
        if (size < 0)
            return keyring_error("cannot read keyring " + std::to_string(keyring), errno);
        const auto count = static_cast<std::size_t>(size) / sizeof(key_serial_t);
        const bool whole = count <= members.size();
        members.resize(count);
        if (whole)
            break;
    }
    std::map<std::string, IdentitySerials, std::less<>> found;
    for (const key_serial_t key : members) {
        std::array<char, 256> text{};
        const long length = keyctl_describe(key, text.data(), text.size());
        if (length <= 0 || static_cast<std::size_t>(length) > text.size())
            continue;
        const auto parts = split({text.data(), static_cast<std::size_t>(length) - 1}, ';');
        if (parts.size() != 5 || parts[0] != key_type)
            continue;
        const auto words = split(parts[4], ':');
        if (words.size() != 4 || words[0] != "nfs" || words[1] != "x509" || !check_identity_name(words[2]))
            continue;
        if (words[3] == "cert")
            found[std::string(words[2])].certificate = key;
        else if (words[3] == "privkey")
            found[std::string(words[2])].private_key = key;
    }
    std::erase_if(found, [](const auto &identity) {
        return identity.second.certificate == 0 || identity.second.private_key == 0;
    });
    return found;
}

Result<std::optional<IdentitySerials>> find_identity(Serial keyring, std::string_view name) {
    if (auto valid = check_identity_name(name); !valid)
        return std::move(valid).error();
    auto certificate = find_key(keyring, key_description(name, "cert"));
    if (!certificate)
        return std::move(certificate).error();
    auto key = find_key(keyring, key_description(name, "privkey"));
    if (!key)
        return std::move(key).error();
    if (!*certificate || !*key)
        return std::optional<IdentitySerials>();
    return std::optional(IdentitySerials{**certificate, **key});
}

} // namespace rpctls::keys
