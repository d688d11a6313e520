// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"
#include "tlsctl/cli/options.hpp"

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace rpctls::tlsctl {

/// Where a command that makes something for a NAME puts it: NAME with an extension in a directory.
struct NewFiles {
    std::filesystem::path directory; ///< --out
};

/// --out; `what` is written there: "NAME.pem and NAME.key".
Option add_out_option(Command command, NewFiles &files, const std::string &what);

/// The path without an extension. The name becomes a file name, and an identity's name later on: one rule for all of them.
/// The directory is made when it is missing. Errors: those of check_identity_name and make_directory.
Result<std::filesystem::path> stem_for(const NewFiles &files, const std::string &name,
                                       const Context &context);

/// One file, whole or not at all. Errors (stage input): file-exists unless it may replace one, file-unwritable.
Status write_new_file(const std::filesystem::path &file, std::span<const std::byte> contents, mode_t mode,
                      bool replace);

} // namespace rpctls::tlsctl
