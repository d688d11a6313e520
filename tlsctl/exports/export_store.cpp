// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/exports/export_store.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/kernel/export_client.hpp"
#include "tlsctl/exports/exportfs.hpp"
#include "tlsctl/exports/exports_view.hpp"
#include "tlsctl/exports/server_certificate.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

using kernel::ExportEntry;
using Entries = std::vector<ExportEntry>;

constexpr std::string_view header =
    "# Kept by tlsctl export, which writes this file anew: see tlsctl-export(8). Exports of other tools and\n"
    "# people belong in /etc/exports or in another file of /etc/exports.d.\n";

Result<Fd> lock(const Context &context) {
    const auto directory = context.below_root("/etc/rpctls");
    if (auto made = make_directory(directory, 0755); !made)
        return std::move(made).error();
    return lock_file(directory / ".exports.lock");
}

Error path_invalid(const std::filesystem::path &path, std::string reason, std::string remedy) {
    return Error{Stage::input, "export-path-invalid", "cannot export " + printable(path.string())}
        .with("reason", std::move(reason))
        .advise(std::move(remedy));
}

/// The directory itself, where a link leads: that is what exportfs will say it is.
Result<std::string> checked_path(const std::filesystem::path &path, const Context &context) {
    if (!path.is_absolute())
        return path_invalid(path, "it does not begin with /", "give the whole path");
    std::string plain = plain_path(path.string());
    std::error_code failed;
    if (context.root == "/") {
        const auto real = std::filesystem::canonical(plain, failed);
        if (failed)
            return path_invalid(path, failed.message(), "make the directory first");
        plain = real.string();
    }
    if (!std::filesystem::is_directory(context.below_root(plain), failed))
        return path_invalid(path, "it is no directory", "make the directory first");
    // exportfs undoes escapes once more in what it has unescaped.
    if (plain.find('\\') != std::string::npos || printable(plain) != plain)
        return path_invalid(path, "exports(5) cannot carry this name safely",
                            "give the directory a name without backslashes and control characters");
    return plain;
}

Result<Entries> entries_of(const ExportRequest &request, const std::string &path) {
    auto options = kernel::check_export_options(request.options);
    if (!options)
        return std::move(options).error();
    const std::string words = request.protection.words();
    if (words.empty() || request.clients.empty())
        return Error{Stage::input, "export-client-invalid", "an export needs clients and a protection"};
    options->push_back("xprtsec=" + words);
    Entries entries;
    for (const std::string &text : request.clients) {
        auto client = kernel::parse_export_client(text);
        if (!client)
            return std::move(client).error();
        ExportEntry entry{path, std::move(*client), *options, 0};
        if (std::ranges::none_of(entries,
                                 [&](const ExportEntry &other) { return same_export(entry, other); }))
            entries.push_back(std::move(entry));
    }
    return entries;
}

Status check_certificate(const ExportRequest &request, const Context &context, ExportChange &change) {
    auto found = examine_server_certificate(context);
    if (found) {
        change.notes.insert(change.notes.end(), found->notes.begin(), found->notes.end());
        return {};
    }
    if (!request.force && !request.protection.none) {
        Error why = std::move(found).error();
        why.hint += why.hint.empty() ? "--force exports all the same" : "; --force exports all the same";
        return why;
    }
    change.notes.push_back(summary(found.error()));
    return {};
}

/// Of two lines for the same path and clients exportfs takes the first, and fails.
Status check_others(const ExportsView &view, const Entries &entries, ExportChange &change) {
    for (const ConfiguredExport &other : view.configured) {
        if (other.ours || plain_path(other.entry.path) != plain_path(entries.front().path))
            continue;
        const std::string place = other.file.string() + " line " + std::to_string(other.entry.line);
        for (const ExportEntry &entry : entries)
            if (same_export(entry, other.entry))
                return Error{Stage::input, "export-conflict",
                             printable(entry.path) + " is exported to " + printable(entry.client) +
                                 " already"}
                    .with("by", place)
                    .with("with", "xprtsec=" + other.entry.protection().words())
                    .advise("that line would count, not ours: take it out of that file first");
        if (other.entry.protection().weaker_than(entries.front().protection()))
            change.notes.push_back(place + " exports it to " + printable(other.entry.client) +
                                   " with less: xprtsec=" + other.entry.protection().words());
    }
    return {};
}

Result<std::optional<std::string>> read_own(const std::filesystem::path &file) {
    auto text = read_file(file);
    if (text)
        return std::optional(std::move(*text));
    if (text.error().name == "file-missing")
        return std::optional<std::string>();
    return std::move(text).error();
}

/// All of ours but those of one path, in their order, and then these.
Result<Entries> merged(const ExportChange &change) {
    if (!change.previous)
        return change.entries;
    auto all = kernel::parse_exports(*change.previous, change.file.string());
    if (!all)
        return std::move(all).error();
    const auto of_path = [&](const ExportEntry &entry) {
        return plain_path(entry.path) == plain_path(change.path);
    };
    const auto at = std::ranges::find_if(*all, of_path) - all->begin();
    std::erase_if(*all, of_path);
    all->insert(all->begin() + std::min(at, std::ssize(*all)), change.entries.begin(), change.entries.end());
    return all;
}

std::string render(const Entries &entries) {
    if (entries.empty())
        return {};
    std::string text(header);
    for (const ExportEntry &entry : entries)
        text += kernel::render_export(entry);
    return text;
}

Status put(const std::filesystem::path &file, const std::string &text) {
    if (!text.empty()) {
        if (auto made = make_directory(file.parent_path(), 0755); !made)
            return made;
        return write_file(file, as_bytes(text), 0644);
    }
    std::error_code failed;
    std::filesystem::remove(file, failed);
    if (failed)
        return system_error(Stage::input, "file-unwritable", "cannot remove " + file.string(),
                            failed.value());
    return {};
}

/// The first few are enough for a message.
std::string words_of(std::vector<std::string> lines) {
    constexpr std::size_t most = 5;
    const bool more = lines.size() > most;
    lines.resize(std::min(lines.size(), most));
    return lines.empty() ? "nothing" : join(lines, "; ") + (more ? "; …" : "");
}

/// exportfs passes over names that it cannot look up, and succeeds.
Status check_in_force(const ExportChange &change, const Context &context) {
    const ExportsView view = view_exports(context);
    for (const ConfiguredExport &each : view.configured) {
        if (!each.ours || plain_path(each.entry.path) != plain_path(change.path))
            continue;
        const auto *real = each.in_force ? &(*view.in_force)[*each.in_force] : nullptr;
        if (real != nullptr && real->protection() == each.entry.protection())
            continue;
        return Error{Stage::kernel, "exports-refused",
                     "exportfs did not take the export to " + printable(each.entry.client)}
            .with("expected", "xprtsec=" + each.entry.protection().words())
            .with("in force", real == nullptr ? "nothing" : "xprtsec=" + real->protection().words())
            .advise("a host name must be known to this host; give an address or a network instead");
    }
    return {};
}

Status bring_back(const ExportChange &change) {
    if (change.previous && change.previous->empty())
        return write_file(change.file, {}, 0644);
    return put(change.file, change.previous.value_or(std::string()));
}

/// The new file is written, and exportfs runs.
Result<ExportfsOutcome> try_out(const ExportChange &change) {
    if (auto written = put(change.file, change.text); !written)
        return std::move(written).error();
    return apply_exports();
}

/// After a failure: as before, and what exportfs says then.
Result<ExportfsOutcome> retreat(const ExportChange &change) {
    if (auto back = bring_back(change); !back)
        return std::move(back).error();
    return apply_exports();
}

Error refusal(const std::vector<std::string> &news) {
    return Error{Stage::kernel, "exports-refused", "exportfs refuses the export"}
        .with("said", words_of(news))
        .with("now", "all is as before");
}

/// The file, and what exportfs makes of it; or everything as before.
Status carry_out(ExportChange &change, const Context &context) {
    if (context.root != "/") {
        if (auto written = put(change.file, change.text); !written)
            return written;
        change.changed = true;
        return {};
    }
    auto outcome = try_out(change);
    if (outcome && outcome->refused) {
        // Lines of others may be at fault, and have been before: that must not keep anybody from protecting a path.
        const auto before = retreat(change);
        if (!before)
            return before.error();
        const auto news = outcome->news_since(*before);
        if (!before->refused || !news.empty())
            return refusal(news.empty() ? outcome->said : news);
        outcome = try_out(change);
        if (outcome)
            change.notes.push_back("exportfs fails on other exports, as before: " + words_of(outcome->said));
    }
    auto good = outcome ? check_in_force(change, context) : Status(outcome.error());
    if (!good) {
        if (auto back = retreat(change); !back)
            return std::move(back).error();
        if (outcome)
            good.error().facts.push_back({"said", words_of(outcome->said)});
        return good;
    }
    change.changed = change.applied = true;
    return {};
}

bool is_in_force(const ExportChange &change, const Context &context) {
    return context.root != "/" || check_in_force(change, context).has_value();
}

Result<ExportChange> finish(ExportChange change, const Context &context) {
    auto all = merged(change);
    if (!all)
        return std::move(all).error();
    change.text = render(*all);
    if (change.text == change.previous.value_or(std::string()) && is_in_force(change, context))
        return change;
    if (auto done = carry_out(change, context); !done)
        return std::move(done).error();
    return change;
}

} // namespace

Result<ExportChange> set_export(const ExportRequest &request, const Context &context) {
    ExportChange change;
    auto path = checked_path(request.path, context);
    if (!path)
        return std::move(path).error();
    change.path = std::move(*path);
    auto entries = entries_of(request, change.path);
    if (!entries)
        return std::move(entries).error();
    change.entries = std::move(*entries);
    if (auto able = check_exportfs(context); !able)
        return std::move(able).error();
    if (!request.protection.none)
        if (auto able = check_kernel_enforces(context); !able)
            return std::move(able).error();
    if (request.protection.tls || request.protection.mtls)
        if (auto able = check_certificate(request, context, change); !able)
            return std::move(able).error();
    const auto held = lock(context);
    if (!held)
        return held.error();
    if (auto free = check_others(view_exports(context), change.entries, change); !free)
        return std::move(free).error();
    if (request.protection.none)
        change.notes.emplace_back("these clients may mount without TLS");
    else if (!request.protection.only_mtls() &&
             std::ranges::any_of(change.entries, kernel::is_world, &ExportEntry::client))
        change.notes.emplace_back("everybody may mount it, without a certificate");
    change.file = own_exports_file(context);
    auto previous = read_own(change.file);
    if (!previous)
        return std::move(previous).error();
    change.previous = std::move(*previous);
    return finish(std::move(change), context);
}

Result<ExportChange> remove_export(const std::filesystem::path &path, const Context &context) {
    if (auto able = check_exportfs(context); !able)
        return std::move(able).error();
    const auto held = lock(context);
    if (!held)
        return held.error();
    const ExportsView view = view_exports(context);
    std::error_code failed;
    const auto real = std::filesystem::canonical(path, failed);
    ExportChange change;
    change.file = own_exports_file(context);
    std::vector<std::string> known;
    std::string elsewhere;
    for (const ConfiguredExport &each : view.configured) {
        const std::string exported = plain_path(each.entry.path);
        const bool meant = exported == plain_path(path.string()) ||
                           (context.root == "/" && !failed && exported == real.string());
        if (each.ours && meant)
            change.path = exported;
        else if (each.ours && std::ranges::find(known, exported) == known.end())
            known.push_back(exported);
        else if (meant)
            elsewhere = each.file.string() + " line " + std::to_string(each.entry.line);
    }
    if (change.path.empty()) {
        Error unknown{Stage::input, "export-unknown", "tlsctl does not export " + printable(path.string())};
        if (!elsewhere.empty())
            return std::move(unknown).with("exported by", elsewhere).advise("edit that file by other means");
        return std::move(unknown).with("exports", known.empty() ? "nothing" : join(known, ", "));
    }
    auto previous = read_own(change.file);
    if (!previous)
        return std::move(previous).error();
    change.previous = std::move(*previous);
    return finish(std::move(change), context);
}

Status undo_export(const ExportChange &change, const Context &context) {
    if (!change.changed)
        return {};
    const auto held = lock(context);
    if (!held)
        return held.error();
    const auto now = read_own(change.file);
    if (!now)
        return now.error();
    if (now->value_or(std::string()) != change.text)
        return Error{Stage::input, "exports-changed",
                     change.file.string() + " was changed meanwhile and is left as it is"};
    if (auto back = bring_back(change); !back)
        return back;
    if (context.root != "/")
        return {};
    auto applied = apply_exports();
    return applied ? Status() : Status(std::move(applied).error());
}

} // namespace rpctls::tlsctl
