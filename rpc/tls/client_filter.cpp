// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/client_filter.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/server_pins.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace rpctls::tls {

namespace {

constexpr std::string_view section_prefix = "clients.";
constexpr std::size_t longest_tag = 64;
constexpr std::size_t most_conditions = 1024;

Error bad(std::string what) {
    return Error{Stage::config, "config-value", std::move(what)};
}

/// An address in the one form that certificates are described in (RFC 5952); empty when it is none.
std::string address_text(const std::string &literal) {
    in6_addr octets{};
    char text[INET6_ADDRSTRLEN];
    for (const int family : {AF_INET, AF_INET6})
        if (::inet_pton(family, literal.c_str(), &octets) == 1 &&
            ::inet_ntop(family, &octets, text, sizeof text) != nullptr)
            return text;
    return {};
}

bool is_host_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !name.empty() && name.size() <= 253 &&
           std::ranges::all_of(split(name, '.'), [&](std::string_view label) {
               return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, fits);
           });
}

bool is_tag(std::string_view tag) {
    return !tag.empty() && tag.size() <= longest_tag && std::ranges::all_of(tag, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    });
}

} // namespace

Result<NamePattern> NamePattern::parse(std::string_view text) {
    NamePattern pattern;
    const auto take = [&](std::string_view prefix) {
        if (!equal_ignoring_case(text.substr(0, prefix.size()), prefix))
            return false;
        text.remove_prefix(prefix.size());
        return true;
    };
    if (take("URI:")) {
        pattern.kind_ = Kind::uri;
        pattern.text_ = text;
        if (text.empty())
            return bad("an empty URI matches nothing");
        return pattern;
    }
    const bool must_be_ip = take("IP:");
    const bool must_be_dns = !must_be_ip && take("DNS:");
    pattern.text_ = must_be_dns ? std::string() : address_text(std::string(text));
    if (!pattern.text_.empty()) {
        pattern.kind_ = Kind::ip;
        return pattern;
    }
    if (must_be_ip)
        return bad("not an IP address").with("seen", printable(text));
    pattern.kind_ = text.starts_with("*.") ? Kind::dns_below : Kind::dns;
    if (pattern.kind_ == Kind::dns_below)
        text.remove_prefix(1);
    pattern.text_ = lower_case(text);
    const std::string_view name =
        std::string_view(pattern.text_).substr(pattern.kind_ == Kind::dns_below ? 1 : 0);
    if (!is_host_name(name))
        return bad("not a name, an address or *.DOMAIN")
            .with("seen", printable(text))
            .advise("an asterisk stands for whole labels, at the beginning only");
    return pattern;
}

bool NamePattern::matches(const CertificateInfo &certificate) const {
    switch (kind_) {
    case Kind::uri:
        return std::ranges::find(certificate.uris, text_) != certificate.uris.end();
    case Kind::ip:
        return std::ranges::find(certificate.ip_addresses, text_) != certificate.ip_addresses.end();
    default:
        return std::ranges::any_of(certificate.dns_names, [&](const std::string &presented) {
            const std::string name = lower_case(presented);
            if (!is_host_name(name)) // a wildcard, for one
                return false;
            return kind_ == Kind::dns ? name == text_ : name.size() > text_.size() && name.ends_with(text_);
        });
    }
}

bool ClientFilter::passes(const CertificateInfo &certificate) const {
    const auto has = [](const std::vector<std::string> &list, const std::string &value) {
        return list.empty() || std::ranges::find(list, value) != list.end();
    };
    return has(issuers, certificate.issuer) && has(pins, certificate.spki_pin) &&
           (names.empty() ||
            std::ranges::any_of(names, [&](const NamePattern &name) { return name.matches(certificate); }));
}

bool is_client_filter(std::string_view section) {
    return section.starts_with(section_prefix);
}

Result<ClientFilters> ClientFilters::read(const Ini &ini) {
    ClientFilters read;
    std::size_t conditions = 0;
    for (const Ini::Entry &entry : ini.entries()) {
        if (!is_client_filter(entry.section))
            continue;
        const auto placed = [&](Error error) {
            error.what = ini.origin() + " line " + std::to_string(entry.line) + ": [" +
                         printable(entry.section) + "] " + printable(entry.key) + ": " + error.what;
            return error;
        };
        const std::string tag = entry.section.substr(section_prefix.size());
        if (!is_tag(tag))
            return placed(bad("the tag has letters, digits, '.', '-' and '_', 1 to 64 of them"));
        auto filter = std::ranges::find(read.filters_, tag, &ClientFilter::tag);
        if (filter == read.filters_.end()) {
            if (read.filters_.size() == most)
                return placed(bad("more than " + std::to_string(most) + " filters"));
            filter = read.filters_.insert(filter, {tag, {}, {}, {}});
        }
        if (++conditions > most_conditions)
            return placed(bad("more than " + std::to_string(most_conditions) + " conditions"));
        if (entry.value.empty())
            return placed(bad("a condition that is empty would let in everybody or nobody"));
        if (entry.key == "issuer") {
            filter->issuers.push_back(entry.value);
        } else if (entry.key == "san") {
            auto name = NamePattern::parse(entry.value);
            if (!name)
                return placed(std::move(name).error());
            filter->names.push_back(std::move(*name));
        } else if (entry.key == "pin") {
            auto pin = parse_pin(entry.value);
            if (!pin)
                return placed(std::move(pin).error());
            filter->pins.push_back(std::move(*pin));
        } else {
            // Passing over a condition would let in clients that it was to keep out.
            return placed(bad("there is no such condition").advise("use issuer=, san= or pin="));
        }
    }
    // What looks like a filter and is none, or has nothing to filter by, would let in everybody.
    for (const std::string &section : ini.sections()) {
        const auto misplaced = [&](std::string_view why) {
            return bad(ini.origin() + ": [" + printable(section) + "] " + std::string(why));
        };
        if (!is_client_filter(section) && lower_case(section).starts_with("client"))
            return misplaced("is no section").advise("filters for clients are written [clients.TAG]");
        if (is_client_filter(section) &&
            std::ranges::find(read.filters_, section.substr(section_prefix.size()), &ClientFilter::tag) ==
                read.filters_.end())
            return misplaced("has no condition").advise("give issuer=, san= or pin=, or remove the section");
    }
    return read;
}

std::vector<std::string> ClientFilters::tags(const CertificateInfo &certificate) const {
    std::vector<std::string> tags;
    for (const ClientFilter &filter : filters_)
        if (filter.passes(certificate))
            tags.push_back(filter.tag);
    return tags;
}

} // namespace rpctls::tls
