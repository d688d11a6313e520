// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/identity_mounts.hpp"

#include "rpc/base/fd.hpp"
#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/kernel/mount_ids.hpp"
#include "rpc/keys/identity.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace rpctls::keys {

namespace {

using nlohmann::json;

constexpr std::size_t largest_note = 16 * 1024;
constexpr std::size_t few_notes = 64;

struct Note {
    std::optional<std::string> identity;
    std::string mount_point;
    std::string source;
    std::optional<std::uint64_t> unique_id;
};

std::optional<Note> parse(std::string_view text) {
    const json object = json::parse(text, nullptr, false);
    if (!object.is_object())
        return std::nullopt;
    const auto word = [&](const char *key) -> std::optional<std::string> {
        const auto found = object.find(key);
        return found != object.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                           : std::nullopt;
    };
    const auto point = word("mount_point"), source = word("source");
    if (!point || !source || !object.contains("identity"))
        return std::nullopt;
    Note note{word("identity"), *point, *source, {}};
    if (!note.identity ? !object["identity"].is_null() : !check_identity_name(*note.identity))
        return std::nullopt;
    if (const auto id = object.find("mount"); id != object.end() && id->is_number_unsigned())
        note.unique_id = id->get<std::uint64_t>();
    return note;
}

/// The mount that a note is about; null when it is gone.
const kernel::Mount *noted_mount(const Note &note, const std::vector<kernel::Mount> &mounts) {
    const auto id =
        note.unique_id ? kernel::find_mount_id(*note.unique_id) : std::optional<unsigned>(std::nullopt);
    const auto found = std::ranges::find_if(mounts, [&](const kernel::Mount &mount) {
        return id ? mount.id == *id : mount.mount_point == note.mount_point && mount.source == note.source;
    });
    return found == mounts.end() ? nullptr : &*found;
}

struct Noted {
    std::filesystem::path file;
    Note note;
};

std::vector<Noted> read_notes(const std::filesystem::path &directory) {
    std::vector<Noted> notes;
    std::error_code failure;
    for (std::filesystem::directory_iterator entries(directory, failure), end; !failure && entries != end;
         entries.increment(failure)) {
        const auto text = read_file(entries->path(), largest_note);
        if (auto note = text ? parse(*text) : std::nullopt)
            notes.push_back({entries->path(), std::move(*note)});
    }
    return notes;
}

/// For one mount in 64, whatever the pace of their numbers (an NFSv4 mount takes two): the golden ratio spreads them evenly.
bool has_a_look(std::uint64_t mount) {
    return mount * 0x9e3779b97f4a7c15 >> 58 == 0;
}

std::size_t count_notes(const std::filesystem::path &directory) {
    std::size_t notes = 0;
    std::error_code failure;
    for (std::filesystem::directory_iterator entries(directory, failure), end; !failure && entries != end;
         entries.increment(failure))
        ++notes;
    return notes;
}

/// To read every note costs as much as all mounts before this one have: done when most are left over, that is little for each.
Status clear(const std::filesystem::path &directory) {
    const auto mounts = kernel::read_mounts();
    if (!mounts)
        return mounts.error();
    if (count_notes(directory) <= 2 * mounts->size() + few_notes)
        return {};
    for (const Noted &noted : read_notes(directory))
        if (noted_mount(noted.note, *mounts) == nullptr) {
            std::error_code ignored;
            std::filesystem::remove(noted.file, ignored);
        }
    return {};
}

/// In place, and not brought to a disk: /run does not outlive this boot, and half a note makes no sense to a reader.
Status write_note(const std::filesystem::path &file, std::string_view text) {
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (fd.is_open() && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()))
        return {};
    return system_error(Stage::input, "file-unwritable", "cannot write " + file.string(), errno);
}

std::string_view host_of(const kernel::Mount &mount) {
    return std::string_view(mount.source).substr(0, mount.source.find(":/"));
}

} // namespace

Status IdentityMounts::note(const kernel::Mount &mount, const std::optional<std::string> &identity) const {
    if (auto made = make_directory(directory_, 0700); !made)
        return made;
    const auto unique = kernel::unique_mount_id(mount.mount_point);
    if (has_a_look(unique.value_or(mount.id)))
        if (auto cleared = clear(directory_); !cleared)
            return cleared;
    json object = {{"mount_point", mount.mount_point}, {"source", mount.source}, {"identity", nullptr}};
    if (identity)
        object["identity"] = *identity;
    if (unique)
        object["mount"] = *unique;
    const std::string name = unique ? std::to_string(*unique) : "id-" + std::to_string(mount.id);
    const std::string text =
        object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; // a path is any octets
    return write_note(directory_ / name, text);
}

IdentityUses IdentityMounts::uses(const std::vector<kernel::Mount> &mounts) const {
    const auto notes = read_notes(directory_);
    std::map<unsigned, const Note *> noted;
    for (const Noted &one : notes)
        if (const auto *mount = noted_mount(one.note, mounts))
            noted[mount->id] = &one.note;
    std::map<unsigned, const kernel::Mount *> by_id;
    for (const kernel::Mount &mount : mounts)
        by_id[mount.id] = &mount;
    const auto note_of = [&](const kernel::Mount &mount) -> const Note * {
        const kernel::Mount *above = &mount;
        for (std::size_t steps = 0; steps < mounts.size(); ++steps) {
            if (const auto found = noted.find(above->id); found != noted.end())
                return found->second;
            const auto parent = by_id.find(above->parent);
            if (parent == by_id.end() || !parent->second->is_nfs() ||
                host_of(*parent->second) != host_of(mount))
                break;
            above = parent->second;
        }
        return nullptr;
    };
    IdentityUses uses;
    for (const kernel::Mount &mount : mounts) {
        if (!mount.is_nfs() || mount.option("xprtsec") != "mtls")
            continue;
        const Note *note = note_of(mount);
        auto &points = note == nullptr   ? uses.unknown
                       : !note->identity ? uses.by_configuration
                                         : uses.by_identity[*note->identity];
        points.push_back(mount.mount_point);
    }
    return uses;
}

} // namespace rpctls::keys
