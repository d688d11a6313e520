// SPDX-License-Identifier: LGPL-2.1-or-later
// A file of the store of pre-shared keys, as a disk or an administrator may have left it.
#include "rpc/keys/psk.hpp"
#include "rpc/keys/psk_interchange.hpp"
#include "rpc/keys/psk_store.hpp"

#include "rpc/base/file.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace rpctls;

/// A record that was read is one that the store can have written, and writes so again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const test::TemporaryDirectory root;
    static const keys::PskStore store(root.path());
    static const bool made = make_directory(store.directory(), 0700).has_value();
    const auto file = store.directory() / "0001";
    fuzz::require(made && write_file(file, fuzz::octets(data, size), 0600).has_value());
    auto entries = store.list();
    fuzz::require(entries && entries->size() == 1);
    const auto &found = entries->front().record;
    if (!found) {
        const auto &name = found.error().name;
        fuzz::require(name == "psk-damaged" || size > 4096);
        return 0;
    }
    fuzz::require(keys::can_be_psk_identity(found->identity) && keys::is_psk_size(found->secret.size()));
    fuzz::require(found->number < keys::tls_hs_numbers &&
                  keys::check_keyring_name(found->keyring).has_value());
    const auto put = store.put(*found, true);
    fuzz::require(put && *put == file);
    const auto again = store.list();
    fuzz::require(again && again->size() == 1 && again->front().record);
    const auto &same = *again->front().record;
    fuzz::require(same.identity == found->identity && same.layout == found->layout &&
                  same.number == found->number && same.keyring == found->keyring &&
                  same.secret.equals(found->secret.bytes()));
    return 0;
}
