// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/sharing.hpp"

#include "rpc/base/text.hpp"

#include <algorithm>

namespace rpctls::mount_helper {

namespace {

bool is_mtls(const kernel::Mount &mount) {
    return mount.is_nfs() && mount.option("xprtsec") == "mtls";
}

std::string host_of(const kernel::Mount &mount) {
    const auto source = parse_source(mount.source);
    return source ? source->host : std::string();
}

bool is_one_of(const std::vector<std::string> &addresses, std::string_view address) {
    return std::ranges::any_of(addresses,
                               [&](std::string_view one) { return one.substr(0, one.find('%')) == address; });
}

} // namespace

std::vector<kernel::Mount> mounts_with_identity(const std::vector<kernel::Mount> &mounts,
                                                std::string_view host) {
    std::vector<kernel::Mount> found;
    for (const auto &mount : mounts)
        if (is_mtls(mount) && equal_ignoring_case(host_of(mount), host))
            found.push_back(mount);
    return found;
}

Status check_sharing(const std::vector<kernel::Mount> &mounts, const ProtectedMount &mount,
                     const std::vector<std::string> &addresses) {
    for (const auto &other : mounts) {
        if (!is_mtls(other) || host_of(other) == mount.source.host ||
            parse_number(other.option("port").value_or("2049")) != mount.port ||
            std::find(addresses.begin(), addresses.end(), other.option("addr").value_or("")) ==
                addresses.end())
            continue;
        return Error{Stage::mount,
                     "server-mounted-by-other-name",
                     "this server is mounted by another name already, and this kernel would use that mount's "
                     "connection and identity",
                     {{"asked", mount.source.host},
                      {"mounted", printable(other.source + " on " + other.mount_point)},
                      {"address", other.option("addr").value_or("")}},
                     "use the name " + host_of(other) + " for both, or unmount the other first"};
    }
    return {};
}

bool known_by_another_name(const std::vector<kernel::NfsServer> &servers, const ProtectedMount &mount,
                           const std::vector<std::string> &addresses) {
    return std::ranges::any_of(servers, [&](const kernel::NfsServer &server) {
        return server.port == mount.port && server.name != mount.source.host &&
               is_one_of(addresses, server.address);
    });
}

bool is_known(const std::vector<kernel::NfsServer> &servers, const ProtectedMount &mount,
              const std::vector<std::string> &addresses) {
    return std::ranges::any_of(servers, [&](const kernel::NfsServer &server) {
        return server.name == mount.source.host || is_one_of(addresses, server.address);
    });
}

Error other_identity_in_use(std::string_view host, std::string_view identity,
                            const std::vector<kernel::Mount> &in_use) {
    return Error{
        Stage::mount,
        "identity-in-use",
        "another identity serves mounts of " + std::string(host) +
            " already, and this kernel cannot tell two apart",
        {{"asked", "tls_identity=" + std::string(identity)},
         {"mounted", in_use.empty() ? "" : printable(in_use.front().mount_point)}},
        "use the same identity, unmount the other first, or use a kernel with cert_serial= (6.17 or newer)"};
}

} // namespace rpctls::mount_helper
