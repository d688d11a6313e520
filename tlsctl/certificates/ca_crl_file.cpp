// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/ca_crl_file.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/certificates/issued_certificates.hpp"

#include <nlohmann/json.hpp>

namespace rpctls::tlsctl {

namespace {

/// RFC 5280 3.3: an entry stays until it has been in a list of after the certificate's end.
bool is_history(const CaDirectory &ca, const tls::Revocation &entry, tls::Time last_update) {
    const auto record = issued_certificate(ca, entry.serial);
    return record && *record && (*record)->not_after < last_update;
}

} // namespace

Result<std::optional<tls::RevocationList>> load_crl(const CaDirectory &ca,
                                                    const tls::CertificateInfo &ca_certificate) {
    const auto pem = read_file(ca.crl());
    if (!pem && pem.error().name == "file-missing")
        return std::optional<tls::RevocationList>();
    if (!pem)
        return pem.error();
    auto list = tls::read_revocation_list(*pem, ca.crl().string(), ca_certificate);
    if (!list)
        return std::move(list).error();
    return std::optional(std::move(*list));
}

Result<tls::RevocationList> store_crl(const CaDirectory &ca, const CaDirectory::Material &material,
                                      const std::optional<tls::RevocationList> &old,
                                      std::span<const tls::Revocation> more, int days) {
    const tls::Time now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    tls::RevocationList list{.number = old ? old->number + 1 : 1,
                             .this_update = now - tls::clock_skew,
                             .next_update = now + std::chrono::hours(24) * days};
    if (old)
        for (const tls::Revocation &entry : old->revoked)
            if (!is_history(ca, entry, old->this_update))
                list.revoked.push_back(entry);
    list.revoked.insert(list.revoked.end(), more.begin(), more.end());
    auto pem = tls::sign_revocation_list(list, material.certificate_pem, material.key_pem);
    if (!pem)
        return std::move(pem).error();
    if (pem->size() > largest_file)
        return Error{Stage::input, "crl-too-large",
                     "the revocation list would be too large for peers to read"}
            .with("entries", std::to_string(list.revoked.size()))
            .with("size", std::to_string(pem->size()))
            .with("at most", std::to_string(largest_file))
            .advise("go over to a new CA (tlsctl ca renew --new-key), and trust the old one no longer");
    if (auto written = write_file(ca.crl(), as_bytes(*pem), 0644); !written)
        return std::move(written).error();
    return list;
}

bool is_due(const tls::RevocationList &list, tls::Time now) {
    return now >= list.this_update + (list.next_update - list.this_update) / 2;
}

std::string crl_words(const tls::RevocationList &list) {
    const tls::Time now = std::chrono::system_clock::now();
    std::string dates = "to " + format_time(list.next_update) + ", ";
    if (list.next_update <= now)
        dates +=
            "OUT OF DATE: whoever has it refuses all certificates of this CA; date it anew with tlsctl ca "
            "crl";
    else
        dates += std::to_string(days_left(list.next_update)) + " days left" +
                 (is_due(list, now) ? ": date it anew with tlsctl ca crl" : "");
    return "number " + std::to_string(list.number) + ", " + std::to_string(list.revoked.size()) +
           " revoked, " + dates;
}

nlohmann::json crl_json(const CaDirectory &ca, const tls::RevocationList &list) {
    const tls::Time now = std::chrono::system_clock::now();
    nlohmann::json json = {{"file", ca.crl().string()},
                           {"number", list.number},
                           {"this_update", format_time(list.this_update)},
                           {"next_update", format_time(list.next_update)},
                           {"days_left", days_left(list.next_update)},
                           {"outdated", list.next_update <= now},
                           {"due", is_due(list, now)},
                           {"revoked", nlohmann::json::array()}};
    for (const tls::Revocation &each : list.revoked)
        json["revoked"].push_back(
            {{"serial", each.serial}, {"time", format_time(each.time)}, {"reason", to_string(each.reason)}});
    return json;
}

std::string crl_use(const CaDirectory &ca) {
    return "Servers and clients refuse what it lists once they have it: copy it to each, and name it there "
           "as x509.crl= "
           "in /etc/rpctls/rpctls.conf\n(on this host x509.crl=" +
           ca.crl().string() +
           "). Agents take a new one by themselves. Once it is out of date everybody is refused: have\n"
           "rpctls-crl.timer enabled, or run tlsctl ca crl regularly, and copy what it writes.\n";
}

void add_crl_days(Command command, int &days) {
    command.add_option("--crl-days", days, "How long the revocation list is valid; default 30")
        .type_name("N")
        .between(1, 3650);
}

} // namespace rpctls::tlsctl
