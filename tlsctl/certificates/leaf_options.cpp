// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/leaf_options.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/certificates/host_names.hpp"
#include "tlsctl/cli/arguments.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

constexpr int default_days = 365;

} // namespace

void add_profile_option(Command command, LeafOptions &options, const std::string &fallback) {
    const auto choose = [&options](const std::string &word) {
        if (word == "server")
            options.profile = tls::Profile::server;
        else if (word == "client")
            options.profile = tls::Profile::client;
        else if (word == "peer")
            options.profile = tls::Profile::peer;
        else
            reject_choice("--profile", word, "server, client, peer");
    };
    command.add_choice("--profile", choose, "server, client or peer (both); default " + fallback)
        .type_name("ROLE");
}

std::string profile_word(tls::Profile profile) {
    return profile == tls::Profile::server ? "server" : profile == tls::Profile::client ? "client" : "peer";
}

void add_name_options(Command command, LeafOptions &options) {
    command.add_option("--dns", options.dns_names, "A host name that clients use; repeat for more")
        .type_name("HOST")
        .allow_extra_args(false);
    command.add_option("--ip", options.ip_addresses, "An address that clients use; repeat for more")
        .type_name("ADDRESS")
        .allow_extra_args(false);
}

void add_validity_options(Command command, LeafOptions &options) {
    const Option days =
        command.add_option("--days", options.days, "How long it is valid; default 365, the CA's end at most")
            .type_name("N")
            .between(1, 36500);
    command.add_option("--not-before", options.not_before, "Valid from, in UTC; default five minutes ago")
        .type_name("TIME");
    command.add_option("--not-after", options.not_after, "Valid until, in UTC")
        .type_name("TIME")
        .excludes(days);
}

Status set_validity(tls::LeafRequest &request, const LeafOptions &options, tls::Time ca_not_after) {
    const tls::Time now = std::chrono::system_clock::now();
    request.not_before = now - tls::clock_skew;
    if (!options.not_before.empty()) {
        auto time = parse_time(options.not_before, "--not-before");
        if (!time)
            return std::move(time).error();
        request.not_before = *time;
    }
    if (!options.not_after.empty()) {
        auto time = parse_time(options.not_after, "--not-after");
        if (!time)
            return std::move(time).error();
        request.not_after = *time;
        return {};
    }
    const tls::Time start = options.not_before.empty() ? now : request.not_before;
    const auto lifetime = std::chrono::hours(24) * options.days.value_or(default_days);
    request.not_after = start + std::min<tls::Time::duration>(lifetime, tls::Time::max() - start);
    if (!options.days)
        request.not_after = std::min(request.not_after, ca_not_after);
    return {};
}

std::string set_default_names(tls::LeafRequest &request, const std::string &name, const Context &context) {
    if (request.profile == tls::Profile::client || !request.dns_names.empty() ||
        !request.ip_addresses.empty())
        return {};
    // With a root this is another system's tree, and its addresses are not known here.
    const HostNames own = context.root == "/" ? own_names() : HostNames{{lower_case(host_name())}, {}};
    if (is_own_name(own, name)) {
        request.dns_names = own.dns_names;
        request.ip_addresses = own.ip_addresses;
        return "No --dns or --ip was given: the certificate has the names and addresses that this host knows "
               "of itself. Clients that mount by another will refuse it.\n";
    }
    request.dns_names = {name};
    return "No --dns or --ip was given: the certificate has the NAME, " + printable(name) +
           ", as its only name. Clients that mount by another name or by address will refuse it.\n";
}

} // namespace rpctls::tlsctl
