// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/result.hpp"
#include "tlsctl/cli/command.hpp"
#include "tlsctl/configuration/edit.hpp"

#include <filesystem>
#include <span>
#include <string>

namespace rpctls::tlsctl {

/// /etc/rpctls/rpctls.conf below the root, as tlsctl edits it. Where there is none, it begins as a copy of tlshd's file
/// that counted until then, since it will not be read any more.
class ConfigurationFile {
public:
    explicit ConfigurationFile(const Context &context);

    const std::filesystem::path &path() const { return path_; }

    /// Whether apply() would leave the file as it is. Errors: those of read_file and edit_settings; file-not-regular
    /// (stage input) for a link, which somebody else's tool keeps.
    Result<bool> has(std::span<const Setting> wanted) const;

    /// Edits it, locked, in one step; true when there was something to change. The file keeps its mode and owner.
    /// Errors: those above, and of make_directory and write_file.
    Result<bool> apply(std::span<const Setting> wanted) const;

private:
    struct Texts {
        std::optional<std::string> present; ///< absent: there is no file
        std::string wanted;
    };
    Result<Texts> read(std::span<const Setting> wanted) const;

    std::filesystem::path root_;
    std::filesystem::path path_;
};

} // namespace rpctls::tlsctl
