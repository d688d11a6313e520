// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/expiry.hpp"

#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace rpctls::agent {

namespace {

using std::chrono::hours;

constexpr hours a_day{24};

void add_chain(std::vector<OwnCertificate> &all, std::string use,
               const std::vector<tls::CertificateInfo> &chain) {
    if (chain.empty())
        return;
    const auto &first_to_end = *std::min_element(
        chain.begin(), chain.end(), [](const auto &a, const auto &b) { return a.not_after < b.not_after; });
    const auto &last_to_begin = *std::max_element(
        chain.begin(), chain.end(), [](const auto &a, const auto &b) { return a.not_before < b.not_before; });
    all.push_back({std::move(use), chain.front().subject, chain.front().fingerprint, last_to_begin.not_before,
                   first_to_end.not_after});
}

void add(std::vector<OwnCertificate> &all, const std::string &use, const CredentialsResult &credentials) {
    if (!credentials)
        return;
    add_chain(all, use, (*credentials)->chain());
    add_chain(all, use + ", post-quantum", (*credentials)->preferred_chain());
}

std::string whole_days(tls::Time::duration left) {
    const auto days = std::chrono::duration_cast<hours>(left).count() / 24;
    return days == 0 ? "in less than a day" : "in " + std::to_string(days) + (days == 1 ? " day" : " days");
}

std::string renewal(const OwnCertificate &certificate) {
    return certificate.use.starts_with("identity ")
               ? "renew it and store it again: tlsctl identity add --force"
               : "renew it, for instance with tlsctl cert issue --force; new files are taken up by "
                 "themselves";
}

} // namespace

std::vector<OwnCertificate> own_certificates(const Snapshot &snapshot) {
    std::vector<OwnCertificate> all;
    add(all, "server", snapshot.server());
    add(all, "client", snapshot.client());
    for (const auto &[name, credentials] : snapshot.loaded_named())
        add(all, "identity " + name, credentials);
    return all;
}

Validity validity_of(const OwnCertificate &certificate, tls::Time now) {
    if (now < certificate.not_before)
        return Validity::not_yet_valid;
    const auto left = certificate.not_after - now;
    if (left <= left.zero())
        return Validity::expired;
    if (left <= a_day)
        return Validity::ends_in_1_day;
    if (left <= 7 * a_day)
        return Validity::ends_in_7_days;
    return left <= 30 * a_day ? Validity::ends_in_30_days : Validity::good;
}

std::string_view to_string(Validity validity) {
    switch (validity) {
    case Validity::good:
        return "good";
    case Validity::ends_in_30_days:
        return "ends-in-30-days";
    case Validity::ends_in_7_days:
        return "ends-in-7-days";
    case Validity::ends_in_1_day:
        return "ends-in-1-day";
    case Validity::expired:
        return "expired";
    case Validity::not_yet_valid:
        return "not-yet-valid";
    }
    return "good";
}

std::optional<Error> trouble_with(const OwnCertificate &certificate, tls::Time now) {
    const auto about = [&](std::string name, const std::string &what) {
        return Error{Stage::config, std::move(name),
                     "the certificate of this host (" + certificate.use + ") " + what}
            .with("subject", printable(certificate.subject));
    };
    switch (validity_of(certificate, now)) {
    case Validity::good:
        return {};
    case Validity::not_yet_valid:
        return about("own-certificate-not-yet-valid", "is not valid yet, or this host's clock is wrong")
            .with("clock", format_time(now))
            .with("valid from", format_time(certificate.not_before))
            .advise("set the clock first (timedatectl); only if it is right, issue the certificate again");
    case Validity::expired:
        return about("own-certificate-expired", "has expired: peers refuse it")
            .with("on", format_time(certificate.not_after))
            .with("clock", format_time(now))
            .advise(renewal(certificate));
    default:
        return about("certificate-ends-soon", "ends " + whole_days(certificate.not_after - now))
            .with("on", format_time(certificate.not_after))
            .advise(renewal(certificate));
    }
}

std::vector<Error> ExpiryWarnings::due(const std::vector<OwnCertificate> &certificates, tls::Time now) {
    std::vector<Error> errors;
    std::map<std::string, Told> told;
    for (const OwnCertificate &certificate : certificates) {
        auto trouble = trouble_with(certificate, now);
        if (!trouble)
            continue;
        const Validity validity = validity_of(certificate, now);
        const std::string key = certificate.use + " " + certificate.fingerprint;
        const auto before = told_.find(key);
        // A clock that was put back must not silence the warnings until it has caught up.
        const bool recent =
            before != told_.end() && now >= before->second.at && now - before->second.at < a_day;
        if (recent && validity <= before->second.validity) {
            told.insert_or_assign(key, before->second);
            continue;
        }
        told.insert_or_assign(key, Told{now, validity});
        errors.push_back(std::move(*trouble));
    }
    told_ = std::move(told);
    return errors;
}

nlohmann::json to_json(const OwnCertificate &certificate, tls::Time now) {
    return {{"use", certificate.use},
            {"subject", printable(certificate.subject)},
            {"sha256", certificate.fingerprint},
            {"not_before", format_time(certificate.not_before)},
            {"not_after", format_time(certificate.not_after)},
            {"validity", to_string(validity_of(certificate, now))}};
}

} // namespace rpctls::agent
