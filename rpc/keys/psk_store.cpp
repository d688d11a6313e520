// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/psk_store.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/keys/keyring_names.hpp"
#include "rpc/keys/psk.hpp"
#include "rpc/keys/psk_encoding.hpp"
#include "rpc/keys/psk_interchange.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>

namespace rpctls::keys {

namespace {

constexpr std::string_view first_line = "rpctls-psk 1";
constexpr std::size_t largest_record = 4096;
constexpr std::size_t longest_keyring_name = 64;
constexpr unsigned most_records = 9999;

std::optional<PskLayout> layout_named(std::string_view word) {
    for (const auto layout : {PskLayout::nvme, PskLayout::user, PskLayout::tls_hs})
        if (to_string(layout) == word)
            return layout;
    return std::nullopt;
}

/// "rpctls-psk 1", then lines of a word and what it stands for, the secret last.
Secret serialise(const PskRecord &record) {
    std::string head = std::string(first_line) + "\ntype " + std::string(to_string(record.layout)) +
                       "\nnumber " + std::to_string(record.number) + "\nkeyring " + record.keyring +
                       "\nidentity " + record.identity + "\nsecret ";
    const Secret digits = to_hex(record.secret.bytes());
    Secret text(head.size() + digits.size() + 1);
    const auto end = std::ranges::copy(as_bytes(head), text.bytes().begin()).out;
    std::ranges::copy(digits.bytes(), end);
    text.bytes().back() = std::byte{'\n'};
    return text;
}

/// The rest of the first of `lines` when it begins with that word; takes it off.
std::optional<std::string_view> take_line(std::string_view &lines, std::string_view word) {
    const auto end = lines.find('\n');
    const auto line = lines.substr(0, end);
    if (end == std::string_view::npos || line.size() <= word.size() || !line.starts_with(word) ||
        line[word.size()] != ' ')
        return std::nullopt;
    lines.remove_prefix(end + 1);
    return line.substr(word.size() + 1);
}

std::optional<PskRecord> parse(std::string_view text) {
    const auto version = take_line(text, "rpctls-psk");
    const auto type = take_line(text, "type");
    const auto number = take_line(text, "number");
    const auto keyring = take_line(text, "keyring");
    const auto identity = take_line(text, "identity");
    const auto digits = take_line(text, "secret");
    if (version != "1" || !type || !number || !keyring || !identity || !digits || !text.empty())
        return std::nullopt;
    const auto layout = layout_named(*type);
    const auto which = parse_number(*number, tls_hs_numbers - 1);
    auto secret = from_hex(*digits);
    if (!layout || !which || !secret || !is_psk_size(secret->size()) || !can_be_psk_identity(*identity) ||
        !check_keyring_name(*keyring))
        return std::nullopt;
    return PskRecord{std::string(*identity), *layout, static_cast<unsigned>(*which), std::string(*keyring),
                     std::move(*secret)};
}

Result<PskRecord> read_record(const std::filesystem::path &file) {
    auto text = read_secret_file(file, largest_record);
    if (!text)
        return std::move(text).error();
    auto record = parse(as_text(text->bytes()));
    if (!record)
        return Error{Stage::input, "psk-damaged", "the stored pre-shared key is damaged"}
            .with("file", file.string())
            .advise("find out who wrote it, then remove it and add the key again");
    return std::move(*record);
}

/// Four digits: no temporary and no lock is called so.
bool is_record_name(std::string_view name) {
    return name.size() == 4 && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

std::filesystem::path vacant(const std::filesystem::path &directory,
                             const std::vector<PskStore::Entry> &entries) {
    for (unsigned number = 1; number <= most_records; ++number) {
        char name[8];
        std::snprintf(name, sizeof name, "%04u", number);
        auto file = directory / name;
        if (std::ranges::find(entries, file, &PskStore::Entry::file) == entries.end())
            return file;
    }
    return {};
}

} // namespace

std::string_view to_string(PskLayout layout) {
    switch (layout) {
    case PskLayout::nvme:
        return "psk";
    case PskLayout::user:
        return "user";
    case PskLayout::tls_hs:
        break;
    }
    return "tls-hs";
}

bool same_place(const PskRecord &a, const PskRecord &b) {
    return a.layout == b.layout && a.keyring == b.keyring &&
           (a.layout == PskLayout::tls_hs ? a.number == b.number : a.identity == b.identity);
}

Status check_keyring_name(std::string_view name) {
    const bool valid = !name.empty() && name.size() <= longest_keyring_name && !parse_serial(name) &&
                       std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
    if (valid)
        return {};
    return Error{Stage::input, "keyring-name-invalid",
                 "\"" + printable(name.substr(0, 2 * longest_keyring_name)) + "\" is no keyring's name"}
        .advise("use up to 64 printable characters without blanks; a serial number would be another key's "
                "after a boot");
}

Result<std::vector<PskStore::Entry>> PskStore::list() const {
    std::vector<Entry> entries;
    std::error_code failure;
    for (std::filesystem::directory_iterator entry(directory_, failure), end; !failure && entry != end;
         entry.increment(failure))
        if (is_record_name(entry->path().filename().string()))
            entries.push_back({entry->path(), read_record(entry->path())});
    if (failure && failure != std::errc::no_such_file_or_directory)
        return system_error(Stage::input, "directory-unreadable", "cannot read " + directory_.string(),
                            failure.value());
    std::ranges::sort(entries, {}, &Entry::file);
    return entries;
}

Result<std::filesystem::path> PskStore::put(const PskRecord &record, bool replace) const {
    if (auto made = make_directory(directory_, 0700); !made)
        return std::move(made).error();
    auto lock = lock_file(directory_ / ".lock");
    if (!lock)
        return std::move(lock).error();
    auto entries = list();
    if (!entries)
        return std::move(entries).error();
    std::filesystem::path file;
    for (const Entry &entry : *entries) {
        if (!entry.record) // it might be this very key
            return entry.record.error();
        if (!same_place(*entry.record, record))
            continue;
        file = entry.file;
        if (!replace)
            return Error{Stage::input, "psk-exists", "there is such a pre-shared key already"}
                .with("identity", printable(entry.record->identity))
                .with("keyring", record.keyring)
                .with("file", file.string())
                .advise("--force replaces it; both ends need the new one then");
    }
    if (file.empty())
        file = vacant(directory_, *entries);
    if (file.empty())
        return Error{Stage::input, "psk-store-full", "the store of pre-shared keys is full"}
            .with("limit", std::to_string(most_records))
            .advise("remove those that nobody needs: tlsctl psk list, tlsctl psk remove");
    if (auto written = write_file(file, serialise(record).bytes(), 0600); !written)
        return std::move(written).error();
    return file;
}

Status PskStore::remove(const std::filesystem::path &file) const {
    auto lock = lock_file(directory_ / ".lock");
    if (!lock)
        return std::move(lock).error();
    std::error_code failure;
    std::filesystem::remove(file, failure);
    if (failure)
        return system_error(Stage::input, "file-unwritable", "cannot remove " + file.string(),
                            failure.value());
    return {};
}

} // namespace rpctls::keys
