// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/base/secret.hpp"
#include "rpctls/result.hpp"
#include "tlsctl/cli/options.hpp"

#include <optional>
#include <string>

namespace rpctls::tlsctl {

/// Where a passphrase comes from: never the command line itself, which every user of the machine can read.
struct PassphraseSource {
    /// Names of systemd credentials; whoever runs tlsctl in a unit needs no option.
    static constexpr const char *bundle_credential = "rpctls.passphrase";
    static constexpr const char *ca_credential = "rpctls.ca-passphrase";

    std::string credential; ///< the file in $CREDENTIALS_DIRECTORY that is taken without an option
    std::string file{};     ///< "-" is standard input
    std::optional<int> fd{};
};

/// --PREFIXpassphrase-file and --PREFIXpassphrase-fd; `of` says what the passphrase opens: "the bundle".
void add_passphrase_options(Command command, PassphraseSource &source, const std::string &prefix,
                            const std::string &of);

/// The first line of it, without its end; from a terminal it is asked for and not shown. Absent when there is no
/// source. Errors (stage input): those of read_secret_file, passphrase-empty, passphrase-too-long, passphrase-unreadable.
Result<std::optional<Secret>> read_passphrase(const PassphraseSource &source);

/// 125 random bits in five groups that are easy to type: no letter that looks like another.
Result<Secret> generate_passphrase();

/// Shows it on the controlling terminal, where no redirection and no log catches it. Errors: terminal-missing (stage
/// kernel).
Status check_terminal();
Status show_on_terminal(const std::string &label, const Secret &passphrase);

} // namespace rpctls::tlsctl
