// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/psk_keyring.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/psk.hpp"

#include <keyutils.h>

#include <cerrno>
#include <span>

namespace rpctls::keys {

namespace {

/// As nvme-cli leaves its keys: the owner sees them, reading takes possession of the keyring.
constexpr key_perm_t key_permissions = KEY_POS_ALL | KEY_USR_VIEW;
/// The agent, which is root, links it for the moment of a handshake.
constexpr key_perm_t keyring_permissions =
    KEY_POS_ALL | KEY_USR_VIEW | KEY_USR_READ | KEY_USR_WRITE | KEY_USR_SEARCH | KEY_USR_LINK;

/// One key of the kernel's.
struct Part {
    std::string type;
    std::string description;
    std::span<const std::byte> payload;
};

std::vector<Part> parts_of(const PskRecord &record) {
    const std::string type(record.layout == PskLayout::nvme ? nvme_psk_type : user_psk_type);
    if (record.layout != PskLayout::tls_hs)
        return {{type, record.identity, record.secret.bytes()}};
    const std::string name = "psk-" + std::to_string(record.number);
    return {{type, name + "-id", as_bytes(record.identity)}, {type, name + "-master", record.secret.bytes()}};
}

Error cannot_add(const Part &part, int number) {
    if (number == ENODEV || number == ENOPKG)
        return system_error(Stage::keyring, "psk-type-unknown",
                            "this kernel has no keys of type " + part.type, number)
            .advise("load the module that brings it: modprobe nvme-tcp");
    return keyring_error("cannot add " + printable(part.description) + " to the keyring", number);
}

Result<Serial> put(Serial keyring, const Part &part) {
    if (const auto present = find_psk_key(keyring, part.type, part.description)) {
        const auto old = read_key(*present);
        if (!old)
            return old.error();
        if (old->equals(part.payload))
            return *present;
        if (keyctl_update(*present, part.payload.data(), part.payload.size()) == 0)
            return *present;
        if (errno != EOPNOTSUPP)
            return keyring_error("cannot update " + printable(part.description), errno);
    }
    // The kernel puts the new key in the place of one of that type and description.
    const key_serial_t key = add_key(part.type.c_str(), part.description.c_str(), part.payload.data(),
                                     part.payload.size(), keyring);
    if (key < 0)
        return cannot_add(part, errno);
    if (keyctl_setperm(key, key_permissions) != 0) {
        const int number = errno;
        (void)keyctl_unlink(key, keyring);
        return keyring_error("cannot set the permissions of " + printable(part.description), number);
    }
    return key;
}

} // namespace

Result<PskOnKeyring> look_up_psk(Serial keyring, const PskRecord &record) {
    PskOnKeyring found{{}, true, true};
    for (const Part &part : parts_of(record)) {
        const auto key = find_psk_key(keyring, part.type, part.description);
        if (!key) {
            found.complete = found.same = false;
            continue;
        }
        const auto payload = read_key(*key);
        if (!payload)
            return payload.error();
        found.serials.push_back(*key);
        found.same = found.same && payload->equals(part.payload);
    }
    return found;
}

Result<std::vector<Serial>> publish_psk(Serial keyring, const PskRecord &record) {
    std::vector<Serial> serials;
    for (const Part &part : parts_of(record)) {
        const auto serial = put(keyring, part);
        if (!serial)
            return serial.error();
        serials.push_back(*serial);
    }
    return serials;
}

Status withdraw_psk(Serial keyring, const PskRecord &record) {
    for (const Part &part : parts_of(record))
        if (const auto key = find_psk_key(keyring, part.type, part.description))
            if (keyctl_unlink(*key, keyring) != 0 && errno != ENOENT)
                return keyring_error("cannot take key " + std::to_string(*key) + " off the keyring", errno);
    return {};
}

Result<Serial> make_keyring(const std::string &name) {
    const key_serial_t keyring = add_key("keyring", name.c_str(), nullptr, 0, KEY_SPEC_USER_KEYRING);
    if (keyring < 0)
        return keyring_error("cannot make the keyring " + name, errno);
    if (keyctl_setperm(keyring, keyring_permissions) != 0)
        return keyring_error("cannot set the permissions of the keyring " + name, errno);
    return keyring;
}

} // namespace rpctls::keys
