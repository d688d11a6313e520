// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/configuration/configuration_file.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/tls/settings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace rpctls::tlsctl {

namespace {

constexpr mode_t new_mode = 0644;

/// How a new file begins: what counted until now goes on counting.
Result<std::string> first_text(const std::filesystem::path &root) {
    for (const auto &file : tls::default_settings_files(root)) {
        auto text = read_file(file);
        if (!text && text.error().name == "file-missing")
            continue;
        if (!text)
            return text;
        const auto shown = "/" / std::filesystem::path(file.lexically_relative(root));
        return "# From " + shown.string() + ", which is not read while this file is here.\n" + *text;
    }
    return std::string();
}

/// A link leads to a file that another tool keeps: a new one in its place would come to differ from it.
Status check_own(const std::filesystem::path &path) {
    std::error_code failure;
    if (!std::filesystem::is_symlink(std::filesystem::symlink_status(path, failure)))
        return {};
    return Error{Stage::input, "file-not-regular", path.string() + " is a link"}.advise(
        "change the file that it leads to with the tool that keeps it, or put a file in its place");
}

} // namespace

ConfigurationFile::ConfigurationFile(const Context &context)
    : root_(context.root), path_(tls::default_settings_files(context.root).front()) {}

Result<ConfigurationFile::Texts> ConfigurationFile::read(std::span<const Setting> wanted) const {
    if (auto own = check_own(path_); !own)
        return std::move(own).error();
    Texts texts;
    auto present = read_file(path_);
    if (present)
        texts.present = std::move(*present);
    else if (present.error().name != "file-missing")
        return std::move(present).error();
    auto text = texts.present ? Result<std::string>(*texts.present) : first_text(root_);
    if (!text)
        return std::move(text).error();
    auto edited = edit_settings(*text, path_.string(), wanted);
    if (!edited)
        return std::move(edited).error();
    texts.wanted = *edited == *text && !texts.present ? std::string() : std::move(*edited);
    return texts;
}

Result<bool> ConfigurationFile::has(std::span<const Setting> wanted) const {
    const auto texts = read(wanted);
    if (!texts)
        return texts.error();
    return texts->wanted == texts->present.value_or("");
}

Result<bool> ConfigurationFile::apply(std::span<const Setting> wanted) const {
    if (auto is_so = has(wanted); !is_so || *is_so)
        return is_so ? Result<bool>(false) : std::move(is_so);
    if (auto made = make_directory(path_.parent_path(), 0755); !made)
        return std::move(made).error();
    const auto lock = lock_directory(path_.parent_path());
    if (!lock)
        return lock.error();
    const auto texts = read(wanted); // somebody else may have been first
    if (!texts)
        return texts.error();
    if (texts->wanted == texts->present.value_or(""))
        return false;
    struct stat before {};
    const bool existed = ::stat(path_.c_str(), &before) == 0;
    if (auto written =
            write_file(path_, as_bytes(texts->wanted), existed ? before.st_mode & 07777 : new_mode);
        !written)
        return std::move(written).error();
    if (existed && (before.st_uid != ::geteuid() || before.st_gid != ::getegid()) &&
        ::lchown(path_.c_str(), before.st_uid, before.st_gid) != 0)
        return system_error(Stage::input, "file-unwritable", "cannot give its owner back " + path_.string(),
                            errno);
    return true;
}

} // namespace rpctls::tlsctl
