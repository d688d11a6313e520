// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/nvme_psk.hpp"

#include "rpc/base/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace rpctls;
using namespace rpctls::tls;
using keys::PskTransform;

namespace {

const std::string host = "nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555";
const std::string disk = "nqn.2026-01.org.example:disk";

Secret counting(std::size_t octets) {
    Secret key(octets);
    for (std::size_t i = 0; i < octets; ++i)
        key.bytes()[i] = static_cast<std::byte>(i + 1);
    return key;
}

struct Vector {
    std::size_t octets;
    PskTransform transform;
    int version;
    bool old_libnvme;
    std::string identity_start;
    std::string identity_end;
    std::string secret;
};

/// What nvme check-tls-key --insert of nvme-cli 2.16 with libnvme 1.16.2 put on a keyring for the key 01 02 03 …;
/// old_libnvme: with --compat, which nvme-cli 2.13 with libnvme 1.13 puts there as well.
const std::vector<Vector> of_nvme_cli{
    {32, PskTransform::sha256, 0, false, "NVMe0R01", "",
     "bdb69e65339c3d6486c9f4be5cd7f2b4a15096352c6e41c047ac6fb5b1a4311b"},
    {32, PskTransform::sha256, 0, true, "NVMe0R01", "",
     "c08cb044d3cd508c75068bde62ede7bf606a539c329333d3b32df924976cd87c"},
    {32, PskTransform::sha256, 1, false, "NVMe1R01", " +v51aF5QPunFj3pr0nJXJfrqZ6VVkQlTkL83LNSCLkg=",
     "c460ebe5193f7ebc0fbee8bff2211bdde45e1bfc3486a456ec24545f6197a98d"},
    {32, PskTransform::sha256, 1, true, "NVMe1R01", " PlOQebdi3qYaA08z/6/xa+KOyXBgRs0XE3yJXsK5a68=",
     "78df314ae605afc324cab8ac36b19925e20452fb555c0cdb17e7fe8f6550c7b3"},
    {48, PskTransform::sha384, 0, false, "NVMe0R02", "",
     "7be9941cb3c25e2ec404717b61434e7372386afe0cd8a1ae56956460c5a290e5089a6de1c5a02ede5b008c00dce6c0ad"},
    {48, PskTransform::sha384, 0, true, "NVMe0R02", "",
     "0b191935b38141c22cd674068a31fd9cd15aa3ab947aae90d408f18d2e2f5e3d1e5c8ba5dc19952eb0206ae1035e9ebd"},
    {48, PskTransform::sha384, 1, false, "NVMe1R02",
     " +YC/0OKVsKb0fNXuTAtPxxCiV66IANNQcllc/0DhXb/51TxUgbxBZZbAb0ynncpc",
     "f7a365e0262edc14fc96cc290d76d71775c0705982fe67856da4ccbb94c566be4d965080548ee9499cd227a814907128"},
    {48, PskTransform::sha384, 1, true, "NVMe1R02",
     " 6kZK0Ac83F2I/Qrl6VEcRz+a3RY6POMpXmYriRg70SE9vt5R9kDH2SJ94qoh9wBk",
     "b848b8d635b8ad75bd912d7d589fd73df6bc73fb7d2f1bacc82cb4b4412aed7712605c5745bc2f7e207ec6c88815c7e1"},
    {32, PskTransform::none, 0, false, "NVMe0R01", "",
     "6daeca43e01d9349a93f8f60bcb211a9acdf1bffd95f47ff529dff01cc9144c7"},
    {32, PskTransform::none, 0, true, "NVMe0R01", "",
     "8a30491cb214f501a60e1aa4a19e9a318006ab24ec8e57869d245950a4afdb24"},
    {32, PskTransform::none, 1, false, "NVMe1R01", " P4W7Z1m0TePCmtvpNqMbqzLTiKksstyzw3MD7n7mRmU=",
     "e2d661bb34e8bf196b0ee73d56b1d2d79fc78a23faf147a834415b8220eb75b3"},
    {32, PskTransform::none, 1, true, "NVMe1R01", " P4W7Z1m0TePCmtvpNqMbqzLTiKksstyzw3MD7n7mRmU=",
     "97e5aee3e22a6f7768c69b58d6f6b4b2bde4a0f9cd0aa922280e41c7105d37b7"},
    {48, PskTransform::none, 0, false, "NVMe0R02", "",
     "a77d2f657d6e8c92e242c4f0e3075551a9055684d5acece0ec1e0cab595acba476fb81044aa498e6b760e9e0e3f80de7"},
    {48, PskTransform::none, 0, true, "NVMe0R02", "",
     "45ee3ea2f8432c49ea1b33210c1ba14fb14432920e2aa67c11db63fb3ee3151ecd145337afcc2be64fdf3588e33a61af"},
    {48, PskTransform::none, 1, false, "NVMe1R02",
     " P1j619uO5g6HvEs51bXrA8zLC6dOf9zxRu3L8X9sX1fTnSEAiBQNouWMGTCtuSok",
     "b21790f1271d684b5375e07aecd03cbcf11128e82be7927f05e62f38c3d448a1baa6869bbe8e47f29c034e9b9517be14"},
    {48, PskTransform::none, 1, true, "NVMe1R02",
     " P1j619uO5g6HvEs51bXrA8zLC6dOf9zxRu3L8X9sX1fTnSEAiBQNouWMGTCtuSok",
     "35f26dc2891ba2ee532dbfffd3cd81ddbf8feeba3e2583a636f662618e8990046f1638452085b9a94fd72b2893c99b68"},
};

std::string fault(std::size_t octets, const NvmePsk &what) {
    const auto key = derive_nvme_psk(counting(octets), what);
    return key ? "none" : key.error().name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(nvme_psk)

BOOST_AUTO_TEST_CASE(identity_and_key_are_those_of_nvme_cli_to_the_octet) {
    for (const Vector &vector : of_nvme_cli) {
        const auto key = derive_nvme_psk(counting(vector.octets),
                                         {host, disk, vector.version, vector.transform, vector.old_libnvme});
        BOOST_TEST_REQUIRE(key.has_value());
        BOOST_TEST(key->identity == vector.identity_start + " " + host + " " + disk + vector.identity_end);
        BOOST_TEST(hex(key->secret.bytes()) == vector.secret);
        // What the agent makes of it is what it was made for.
        BOOST_TEST((*psk_hash(key->identity, key->secret.size()) == key->hash));
    }
}

BOOST_AUTO_TEST_CASE(a_key_goes_with_its_hash_alone) {
    BOOST_TEST(fault(32, {host, disk, 0, PskTransform::sha384}) == "psk-length-invalid");
    BOOST_TEST(fault(48, {host, disk, 0, PskTransform::sha256}) == "psk-length-invalid");
    BOOST_TEST(fault(16, {host, disk, 0, PskTransform::none}) == "psk-length-invalid");
}

BOOST_AUTO_TEST_CASE(names_that_are_none_are_refused_by_name) {
    for (const std::string name :
         {"", "nqn.", "disk", "nqn.2026-01.org.example:a b", "nqn.2026-01.org.example:\n"}) {
        BOOST_TEST(fault(32, {host, name}) == "nqn-invalid", name);
        BOOST_TEST(fault(32, {name, disk}) == "nqn-invalid", name);
    }
    BOOST_TEST(check_nqn("nqn." + std::string(219, 'a')).has_value());
    BOOST_TEST(!check_nqn("nqn." + std::string(220, 'a')).has_value());
}

BOOST_AUTO_TEST_CASE(names_of_any_length_go_with_version_1_and_shorter_ones_with_version_0) {
    const auto named = [](std::size_t size) { return "nqn." + std::string(size - 4, 'a'); };
    BOOST_TEST(fault(32, {named(123), named(122), 0}) == "none");
    BOOST_TEST(fault(32, {named(123), named(123), 0}) == "nqn-too-long");
    const auto key = derive_nvme_psk(counting(48), {named(223), named(223), 1, PskTransform::sha384});
    BOOST_TEST_REQUIRE(key.has_value());
    BOOST_TEST(key->identity.size() < longest_psk_identity);
}

BOOST_AUTO_TEST_SUITE_END()
