// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/issuer.hpp"
#include "rpctls/result.hpp"

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

/// The parts of the certificates that we sign; for rpc/tls only.
namespace rpctls::tls {

Error issuing_failed(int code);

/// Runs one GnuTLS setter after the other and remembers the first that failed.
class Steps {
public:
    template <class Function, class... Arguments>
    Steps &step(Function function, Arguments... arguments) {
        if (code_ >= 0)
            code_ = function(arguments...);
        return *this;
    }
    Status status() const { return code_ < 0 ? Status(issuing_failed(code_)) : Status(); }

private:
    int code_ = 0;
};

std::time_t to_seconds(Time time);

/// The public half of a key.
Result<Pubkey> public_key(gnutls_privkey_t key);
/// The key as what signs: the same type for keys in memory and for those in a token.
Result<Privkey> signing_key(gnutls_x509_privkey_t key);

/// The hash that fits the signing key; Ed25519 and ML-DSA bring their own.
gnutls_digest_algorithm_t digest_for(gnutls_privkey_t key);

/// A random serial. Errors (stage input): validity-empty.
Status set_serial_and_validity(gnutls_x509_crt_t crt, Time not_before, Time not_after);

/// What every certificate of ours has: version 3, a random serial, subject, key, validity, key identifier. Errors (stage
/// input): common-name-invalid, validity-empty.
Result<Crt> blank_certificate(std::string_view common_name, gnutls_pubkey_t key, Time not_before,
                              Time not_after);

struct CheckedNames {
    std::vector<std::string> dns_names;
    std::vector<std::vector<std::byte>> ip_addresses;
};
/// Errors: those of checked_dns_name and checked_ip_address, names-missing.
Result<CheckedNames> check_names(const LeafRequest &request);
Status set_names(gnutls_x509_crt_t crt, const CheckedNames &names);

/// The OIDs of RFC 9289 for a profile, and those that other software looks for.
std::vector<const char *> purposes(Profile profile);
Status set_usages(gnutls_x509_crt_t crt, Profile profile);

/// RFC 5280 4.2.1.10, critical. Errors (stage input): constraint-invalid.
Status set_name_constraints(gnutls_x509_crt_t crt, const CaRequest &request);
/// Whether a CA with `issuer`'s constraints can vouch for these names. Errors (stage input): name-not-permitted.
Status check_name_constraints(const CheckedNames &names, gnutls_x509_crt_t issuer);

/// The issuer's own identifier, as its certificate has it: RFC 5280 4.2.1.1 wants the two to be the same.
Status set_authority(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer);

} // namespace rpctls::tls
