// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/log.hpp"
#include "agent/snapshot.hpp"

#include "rpc/tls/certificate.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rpctls::agent {

/// A certificate of our own, and what it serves for: "server", "client", "server, post-quantum", "identity laptop". Of a
/// chain, the one that ends first counts.
struct OwnCertificate {
    std::string use;
    std::string subject;
    std::string fingerprint;
    tls::Time not_before{};
    tls::Time not_after{};
};

/// All that the snapshot has loaded.
std::vector<OwnCertificate> own_certificates(const Snapshot &snapshot);

/// How near its end is. The order is that of urgency.
enum class Validity { good, ends_in_30_days, ends_in_7_days, ends_in_1_day, expired, not_yet_valid };
Validity validity_of(const OwnCertificate &certificate, tls::Time now);
/// "good", "ends-in-30-days", …
std::string_view to_string(Validity validity);

/// What is wrong and what to do about it; absent for a certificate that is good. Names: certificate-ends-soon,
/// own-certificate-expired, own-certificate-not-yet-valid (or the clock is wrong: said plainly).
std::optional<Error> trouble_with(const OwnCertificate &certificate, tls::Time now);

/// Decides what to log: each certificate once a day, and when it has become more urgent.
class ExpiryWarnings {
public:
    std::vector<Error> due(const std::vector<OwnCertificate> &certificates, tls::Time now);

private:
    struct Told {
        tls::Time at;
        Validity validity;
    };
    std::map<std::string, Told> told_; ///< by use and fingerprint; only of the certificates given last
};

/// {"use":…,"subject":…,"sha256":…,"not_before":…,"not_after":…,"validity":…}
nlohmann::json to_json(const OwnCertificate &certificate, tls::Time now);

} // namespace rpctls::agent
