// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/psks/psk_view.hpp"

#include "rpc/tls/psk.hpp"

namespace rpctls::tlsctl {

std::string PskView::state() const {
    if (!looked)
        return "not looked for";
    if (!found)
        return "no such keyring";
    if (found->same)
        return "on the keyring";
    return found->complete ? "differs from the stored one" : "not on the keyring";
}

Result<PskView> view_psk(const keys::PskRecord &record, PskKeyrings &keyrings) {
    const auto keyring = keyrings.find(record.keyring);
    if (!keyring)
        return keyring.error();
    if (!*keyring)
        return PskView{{}, keyrings.running_system()};
    auto found = keys::look_up_psk(**keyring, record);
    if (!found)
        return std::move(found).error();
    return PskView{std::move(*found), true};
}

std::string hash_of(const keys::PskRecord &record) {
    return std::string(
        tls::to_string(record.secret.size() == 48 ? tls::PskHash::sha384 : tls::PskHash::sha256));
}

nlohmann::json psk_json(const keys::PskStore::Entry &entry, const PskView &view) {
    const keys::PskRecord &record = *entry.record;
    nlohmann::json json = {{"identity", record.identity},
                           {"type", keys::to_string(record.layout)},
                           {"hash", hash_of(record)},
                           {"keyring", record.keyring},
                           {"stored", true},
                           {"file", entry.file.string()},
                           {"state", view.state()},
                           {"serials", nlohmann::json::array()}};
    if (record.layout == keys::PskLayout::tls_hs)
        json["number"] = record.number;
    if (view.found)
        json["serials"] = view.found->serials;
    return json;
}

std::string serial_words(const std::vector<keys::Serial> &serials) {
    std::string words = serials.size() == 1 ? "key " : "keys ";
    for (std::size_t i = 0; i < serials.size(); ++i)
        words += (i == 0 ? "" : " and ") + std::to_string(serials[i]);
    return words;
}

} // namespace rpctls::tlsctl
