// SPDX-License-Identifier: LGPL-2.1-or-later
// The module that tls_part() loads.
#include "mount-helper/identities.hpp"
#include "mount-helper/tls_part.hpp"

using namespace rpctls;
using namespace rpctls::mount_helper;

namespace {

Result<kernel::AgentPresence> find_agent(kernel::Detail detail) {
    return kernel::find_agent(detail);
}

Result<client::PreflightReport> examine(const IdentityUse &use, const tls::Settings &settings,
                                        std::optional<client::PreflightRequest> request) {
    auto credentials = load_credentials(use, settings);
    if (!credentials)
        return std::move(credentials).error();
    if (!request)
        return client::PreflightReport{};
    request->credentials = std::move(*credentials);
    return client::preflight(*request);
}

} // namespace

extern "C" [[gnu::visibility("default")]] const TlsPart rpctls_mount_tls_part;
const TlsPart rpctls_mount_tls_part{PACKAGE_VERSION, find_agent, examine, serials_of};
