// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/psk_interchange.hpp"
#include "rpc/tls/nvme_psk.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"

#include <optional>
#include <string>

namespace rpctls::tlsctl {

/// Where a pre-shared key comes from: never the command line itself, which everybody may read.
struct PskInput {
    std::string file;              ///< --key-file, "-" for standard input
    std::optional<int> descriptor; ///< --key-fd
    std::optional<keys::PskFormat> format;

    bool given() const { return !file.empty() || descriptor; }
};
void add_psk_input(Command command, PskInput &input);
void add_psk_format(Command command, std::optional<keys::PskFormat> &format, const std::string &summary);

/// Errors: those of read_secret_file and parse_psk; key-unreadable (stage input) for a descriptor.
Result<keys::WrittenPsk> read_psk_input(const PskInput &input);

/// --nvme and what belongs to it.
struct NvmeOptions {
    bool nvme = false;
    std::string subsystem_nqn;
    std::string host_nqn; ///< /etc/nvme/hostnqn when empty
    int identity_version = 0;
    bool compat = false;
};
void add_nvme_options(Command command, NvmeOptions &options);

/// The key that both ends derive from the configured one. Errors: usage, those of derive_nvme_psk and of reading hostnqn.
Result<tls::PresharedKey> derive(const keys::WrittenPsk &configured, const NvmeOptions &options,
                                 const Context &context);

} // namespace rpctls::tlsctl
