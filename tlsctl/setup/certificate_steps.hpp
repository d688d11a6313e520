// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tlsctl/certificates/bundle_file.hpp"
#include "tlsctl/certificates/leaf_options.hpp"
#include "tlsctl/setup/authority.hpp"
#include "tlsctl/setup/steps.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace rpctls::tlsctl {

/// A CA in its directory; without `make_new` there must be one. Errors: ca-missing, ca-expired, and those of make_ca.
Step ca_step(std::shared_ptr<Authority> authority, bool make_new, const std::string &common_name);

struct WantedCertificate {
    std::string name;
    LeafOptions leaf;
    std::filesystem::path certificate;
    std::filesystem::path key;
};

/// A valid pair by the CA. One that is there stays unless it has expired or lacks a name that was asked for. Errors (stage
/// input): certificate-foreign for one by another CA, those of read_key_pair and issue.
Step server_certificate_step(std::shared_ptr<Authority> authority, const WantedCertificate &wanted,
                             const Context &context);

/// A client's bundle, unless there is one of that name.
Step bundle_step(std::shared_ptr<Authority> authority, const std::string &name,
                 const std::filesystem::path &file, std::shared_ptr<const std::optional<Secret>> passphrase);

} // namespace rpctls::tlsctl
