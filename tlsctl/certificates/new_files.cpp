// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/certificates/new_files.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/staged_file.hpp"
#include "rpc/keys/identity.hpp"
#include "tlsctl/certificates/certificate_input.hpp"

namespace rpctls::tlsctl {

Option add_out_option(Command command, NewFiles &files, const std::string &what) {
    return command
        .add_option("--out", files.directory, "Where " + what + " written; default /etc/rpctls/certs")
        .type_name("DIR");
}

Result<std::filesystem::path> stem_for(const NewFiles &files, const std::string &name,
                                       const Context &context) {
    if (auto valid = keys::check_identity_name(name); !valid)
        return std::move(valid).error();
    const auto directory =
        !files.directory.empty() ? files.directory : context.below_root(default_certificate_directory);
    if (auto made = make_directory(directory, 0755); !made)
        return std::move(made).error();
    return directory / name;
}

Status write_new_file(const std::filesystem::path &file, std::span<const std::byte> contents, mode_t mode,
                      bool replace) {
    auto staged = StagedFile::write(file, contents, mode);
    if (!staged)
        return std::move(staged).error();
    auto committed = staged->commit(replace ? StagedFile::Existing::replace : StagedFile::Existing::refuse);
    if (committed)
        staged->settle();
    else if (committed.error().name == "file-exists")
        committed.error().hint = "give another name, or --force to replace it";
    return committed;
}

} // namespace rpctls::tlsctl
