// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/watched_files.hpp"

#include "agent/service_policy.hpp"

#include "rpc/keys/identity.hpp"
#include "rpc/tls/trust_place.hpp"

#include <deque>

namespace rpctls::agent {

namespace {

using std::filesystem::path;

/// As many symbolic links as path lookup itself follows.
constexpr int most_links = 40;

void add_points(WatchPoints &points, const path &file) {
    std::error_code failed;
    const path absolute = file.is_absolute() ? file : std::filesystem::current_path(failed) / file;
    path at = "/";
    std::deque<path> rest;
    for (const path &step : absolute.relative_path())
        rest.push_back(step);
    for (int links = 0; !rest.empty();) {
        const path step = rest.front();
        rest.pop_front();
        if (step.empty() || step == ".")
            continue;
        if (step == "..") {
            at = at.parent_path();
            continue;
        }
        points[at].insert(step.string());
        const path here = at / step;
        const auto status = std::filesystem::symlink_status(here, failed);
        if (failed || status.type() == std::filesystem::file_type::not_found)
            return; // whatever comes is seen from here
        if (status.type() == std::filesystem::file_type::symlink) {
            const path target = std::filesystem::read_symlink(here, failed);
            if (failed || ++links > most_links)
                return;
            if (target.is_absolute())
                at = "/";
            std::deque<path> steps;
            for (const path &part : target.relative_path())
                steps.push_back(part);
            rest.insert(rest.begin(), steps.begin(), steps.end());
            continue;
        }
        at = here;
    }
}

} // namespace

std::vector<path> files_of(const tls::Settings &settings, const std::optional<path> &config, const path &root,
                           const std::set<std::string> &identities) {
    std::vector<path> files;
    if (config)
        files.push_back(*config);
    else
        for (const path &candidate : tls::default_settings_files(root))
            files.push_back(candidate);
    std::set<std::string> named = service_identities(settings);
    named.insert(identities.begin(), identities.end());
    for (const tls::RoleSettings *role : {&settings.client, &settings.server}) {
        for (const auto &file : {role->truststore, role->crl, role->certificate, role->private_key,
                                 role->pq_certificate, role->pq_private_key})
            if (file)
                files.push_back(*file);
        if (role->identity)
            named.insert(*role->identity);
        // Where nobody names one, the one that is kept decides from the moment on when it is there.
        if (!role->truststore || role->truststore_is_kept)
            files.push_back(tls::kept_truststore(
                role == &settings.client ? tls::TrustRole::client : tls::TrustRole::server, root));
        if (!role->truststore) // the system's, where distributions keep it
            for (const char *bundle :
                 {"etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt"})
                files.push_back(root / bundle);
    }
    const path store = keys::IdentityStore(root).directory();
    for (const std::string &name : named)
        for (const char *half : {"cert.pem", "key.pem"})
            files.push_back(store / name / half);
    return files;
}

WatchPoints watch_points(const std::vector<path> &files) {
    WatchPoints points;
    for (const path &file : files)
        add_points(points, file);
    return points;
}

} // namespace rpctls::agent
