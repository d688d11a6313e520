// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/setup/footprint.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace rpctls::tlsctl {

namespace {

Error cannot_restore(const std::filesystem::path &path, int number) {
    return system_error(Stage::input, "file-unwritable", "cannot put back " + path.string(), number);
}

bool is_as_it_was(const struct stat &before, const struct stat &now) {
    return before.st_mode == now.st_mode && before.st_uid == now.st_uid && before.st_gid == now.st_gid &&
           before.st_size == now.st_size && before.st_mtim.tv_sec == now.st_mtim.tv_sec &&
           before.st_mtim.tv_nsec == now.st_mtim.tv_nsec;
}

/// The first fault is told; what comes after it is done all the same.
void keep_first(Status &all, Status one) {
    if (all && !one)
        all = std::move(one);
}

Status remove_tree(const std::filesystem::path &path) {
    std::error_code failure;
    std::filesystem::remove_all(path, failure);
    // What stands where a directory should is no trace of ours.
    const bool gone = !failure || failure == std::errc::not_a_directory;
    return gone ? Status() : Status(cannot_restore(path, failure.value()));
}

} // namespace

Result<Footprint> Footprint::of(std::span<const std::filesystem::path> paths) {
    Footprint footprint;
    for (const auto &path : paths)
        if (auto taken = footprint.take(path); !taken)
            return std::move(taken).error();
    return footprint;
}

Status Footprint::take(const std::filesystem::path &path) {
    if (known_.size() > most_files)
        return Error{Stage::input, "too-much-to-keep",
                     "there is more in " + path.parent_path().string() + " than can be put back"}
            .with("at most", std::to_string(most_files) + " files");
    known_.insert(path);
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return system_error(Stage::input, "file-unreadable", "cannot look at " + path.string(), errno);
        absent_.push_back(path);
        std::error_code ignored;
        for (auto above = path.parent_path(); !above.empty() && !std::filesystem::exists(above, ignored);
             above = above.parent_path())
            absent_parents_.push_back(above);
        return {};
    }
    if (S_ISDIR(status.st_mode)) {
        directories_.push_back({path, status.st_mode & 07777});
        return take_entries(path);
    }
    if (!S_ISREG(status.st_mode))
        return {}; // none of ours: links, sockets
    auto contents = read_file(path);
    if (!contents)
        return std::move(contents).error();
    files_.push_back({path, status, Secret(as_bytes(*contents))});
    wipe(std::as_writable_bytes(std::span(*contents)));
    return {};
}

Status Footprint::take_entries(const std::filesystem::path &directory) {
    std::error_code failure;
    std::filesystem::directory_iterator entries(directory, failure);
    for (; !failure && entries != std::filesystem::directory_iterator(); entries.increment(failure))
        if (auto taken = take(entries->path()); !taken)
            return taken;
    if (failure)
        return system_error(Stage::input, "directory-unreadable", "cannot read " + directory.string(),
                            failure.value());
    return {};
}

Status Footprint::restore_file(const File &file) {
    struct stat now {};
    if (::lstat(file.path.c_str(), &now) == 0 && is_as_it_was(file.status, now))
        return {};
    const auto present = read_file(file.path);
    if (!present || !file.contents.equals(as_bytes(*present)))
        if (auto written = write_file(file.path, file.contents.bytes(), file.status.st_mode & 07777);
            !written)
            return written;
    const timespec times[] = {file.status.st_atim, file.status.st_mtim};
    if (::lchown(file.path.c_str(), file.status.st_uid, file.status.st_gid) != 0 ||
        ::chmod(file.path.c_str(), file.status.st_mode & 07777) != 0 ||
        ::utimensat(AT_FDCWD, file.path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
        return cannot_restore(file.path, errno);
    return {};
}

Status Footprint::restore() const {
    Status all;
    for (const auto &path : absent_)
        keep_first(all, remove_tree(path));
    for (const auto &path : absent_parents_)
        if (::rmdir(path.c_str()) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != ENOTDIR)
            keep_first(all, cannot_restore(path, errno));
    for (const Directory &directory : directories_) {
        keep_first(all, make_directory(directory.path, directory.mode));
        std::vector<std::filesystem::path> foreign;
        std::error_code failure;
        for (const auto &entry : std::filesystem::directory_iterator(directory.path, failure))
            if (!known_.contains(entry.path()))
                foreign.push_back(entry.path());
        for (const auto &path : foreign)
            keep_first(all, remove_tree(path));
    }
    for (const File &file : files_)
        keep_first(all, restore_file(file));
    return all;
}

} // namespace rpctls::tlsctl
