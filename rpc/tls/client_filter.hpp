// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/ini.hpp"
#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rpctls::tls {

/// A subjectAltName as a filter has it: "DNS:host.example", "DNS:*.example" (any name below example, of any depth),
/// "IP:192.0.2.7", "URI:…"; without a prefix an address is one, anything else a DNS name.
class NamePattern {
public:
    /// Errors (stage config): config-value.
    static Result<NamePattern> parse(std::string_view text);
    /// A certificate's own wildcard is no name of anybody (RFC 9289 5.2.1): nothing matches it.
    bool matches(const CertificateInfo &certificate) const;

private:
    enum class Kind { dns, dns_below, ip, uri };
    Kind kind_{};
    std::string text_; ///< DNS in lower case; dns_below with its leading dot; an address in its usual form
};

/// One section [clients.TAG]: a client's certificate passes when each kind of condition that is given has one that
/// fits.
struct ClientFilter {
    std::string tag;
    std::vector<std::string> issuers; ///< RFC 4514 text, compared as it stands
    std::vector<NamePattern> names;
    std::vector<std::string> pins; ///< SHA-256 of the SubjectPublicKeyInfo, lower-case hex

    bool passes(const CertificateInfo &certificate) const;
};

/// Which clients a server lets in, of those whose certificates are verified. No filter: all.
class ClientFilters {
public:
    /// As many as the kernel takes tags of one session.
    static constexpr std::size_t most = 64;

    /// Reads the sections [clients.TAG]. Errors (stage config): config-value, with the line.
    static Result<ClientFilters> read(const Ini &ini);

    bool empty() const { return filters_.empty(); }
    std::size_t size() const { return filters_.size(); }
    /// The tags of all filters that the certificate passes.
    std::vector<std::string> tags(const CertificateInfo &certificate) const;

private:
    std::vector<ClientFilter> filters_;
};

/// Whether ClientFilters::read() is the one to ask about this section.
bool is_client_filter(std::string_view section);

} // namespace rpctls::tls
