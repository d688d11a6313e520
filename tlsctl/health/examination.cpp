// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/examination.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/kernel/mounts.hpp"
#include "rpc/kernel/nfsd.hpp"
#include "rpc/keys/identity.hpp"
#include "rpc/tls/post_quantum.hpp"
#include "tlsctl/health/fstab.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

bool has_exports(const std::filesystem::path &file) {
    const auto text = read_file(file);
    if (!text)
        return false;
    return std::ranges::any_of(split(*text, '\n'), [](std::string_view line) {
        return !trimmed(line).empty() && !trimmed(line).starts_with('#');
    });
}

bool exports_something(const Context &context) {
    if (has_exports(context.below_root("/etc/exports")))
        return true;
    std::error_code failure;
    for (std::filesystem::directory_iterator file(context.below_root("/etc/exports.d"), failure), end;
         !failure && file != end; file.increment(failure))
        if (file->path().extension() == ".exports" && has_exports(file->path()))
            return true;
    return false;
}

bool names_certificate(const tls::RoleSettings &role) {
    return role.certificate || role.identity;
}

/// tlshd reads its own file only, whatever rpctls.conf says.
Result<tls::Settings> settings_of_agent(const Examination &examination) {
    const auto &root = examination.context.root;
    if (examination.agent_is_foreign())
        for (const auto &file : tls::default_settings_files(root)) {
            std::error_code ignored;
            if (file.filename() != "rpctls.conf" && std::filesystem::exists(file, ignored))
                return tls::load_settings(file, root);
        }
    return tls::load_settings(std::nullopt, root);
}

/// What `tlsctl trust` keeps, other agents know nothing of.
Result<tls::Settings> settings_in_use(const Examination &examination) {
    auto settings = settings_of_agent(examination);
    if (settings && examination.agent_is_foreign())
        tls::forget_kept_trust(*settings);
    if (auto usable = settings ? tls::use_post_quantum(*settings) : Status(); !usable)
        return std::move(usable).error();
    return settings;
}

} // namespace

bool Examination::agent_is_foreign() const {
    return agent && agent->has_value() && !(*agent)->program.empty() && (*agent)->program != "rpctlsd" &&
           (*agent)->pid != 1;
}

Roles roles_of(const Examination &examination) {
    Roles roles;
    const auto &context = examination.context;
    if (examination.live()) {
        roles.server = kernel::nfsd_threads() > 0;
        if (const auto mounts = kernel::read_mounts())
            roles.client = std::ranges::any_of(*mounts, [](const auto &mount) { return mount.is_nfs(); });
    }
    const auto fstab = read_file(context.below_root("/etc/fstab"));
    const auto identities = keys::IdentityStore(context.root).list();
    const bool configured = examination.settings.has_value();
    roles.client = roles.client || examination.server || (fstab && !parse_fstab(*fstab).empty()) ||
                   (identities && !identities->empty()) ||
                   (configured && names_certificate(examination.settings->client));
    roles.server = roles.server || exports_something(context) ||
                   (configured && names_certificate(examination.settings->server));
    if (!roles.client && !roles.server)
        roles.client = true;
    return roles;
}

Examination begin_examination(const Context &context, std::optional<std::string> server) {
    Examination examination;
    examination.context = context;
    examination.server = std::move(server);
    examination.now = std::chrono::system_clock::now();
    if (examination.live())
        examination.agent = kernel::find_agent();
    examination.settings = settings_in_use(examination);
    examination.roles = roles_of(examination);
    return examination;
}

} // namespace rpctls::tlsctl
