// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/certificate.hpp"
#include "rpctls/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rpctls::tls {

/// The reference identity (RFC 9525) of a server: what the user typed, in a form to compare with.
class PeerName {
public:
    /// A DNS name, or an IPv4 or IPv6 literal; an IPv6 one may stand in brackets and carry a %scope. A final
    /// dot of a DNS name is dropped. Error (stage input): server-name-invalid, also for a wildcard or a name
    /// not in ASCII.
    static Result<PeerName> parse(std::string_view typed);

    bool is_address() const { return !address_.empty(); }
    /// As typed, for messages.
    const std::string &text() const { return text_; }
    /// The subjectAltName that matches it, in the words of CertificateInfo::names(): "DNS:nfs1.example", "IP:fe80::7".
    std::string wanted() const;
    /// What the SNI extension carries: the DNS name; empty for an address (RFC 6066 section 3).
    const std::string &sni() const { return dns_; }

    /// RFC 9289 5.2.1: a DNS name equals a dNSName SAN but for ASCII case, an address equals an iPAddress SAN
    /// octet by octet. Neither wildcards nor the common name take part.
    bool matches(const CertificateInfo &certificate) const;

private:
    PeerName() = default;
    std::string text_;
    std::string dns_;
    std::vector<std::byte> address_; ///< 4 or 16 octets
};

} // namespace rpctls::tls
