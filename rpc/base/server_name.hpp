// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace rpctls {

/// The host as typed, without brackets around an IPv6 literal and, if `scoped` is false, without its %scope: a scope
/// means something to this machine only and is in no certificate.
std::string bare_host(std::string_view host, bool scoped);

/// One server may be written in several ways; this is the one by which records and settings know it: without brackets, in
/// lower case, without the dot at the end. Two names of one server stay two.
std::string normal_server_name(std::string_view name);

} // namespace rpctls
