// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/client/known_servers.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/file_name.hpp"
#include "rpc/base/server_name.hpp"
#include "rpc/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <system_error>

namespace rpctls::client {

namespace {

using nlohmann::json;

constexpr std::size_t largest_record = 4096;
constexpr std::chrono::hours worth_writing{1};
/// The year 9999: beyond it nothing that was written here can be.
constexpr std::int64_t latest_time = 253402300799;

/// What no record is called: the lock and what a killed run has left (both begin with a dot, which none of ours does), and
/// temporaries beside the record, NAME.XXXXXX, of which all but a few have a capital letter, which none of ours has either.
bool may_be_record(std::string_view file) {
    return !file.empty() && file.front() != '.' &&
           std::ranges::none_of(file, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Error damaged(const std::filesystem::path &file, std::string_view name) {
    return Error{Stage::input, "known-server-damaged", "the record of what a server has shown is damaged"}
        .with("file", file.string())
        .with("server", printable(name))
        .advise("find out who wrote it, then: tlsctl known forget " + printable(name));
}

std::optional<KnownServer::Time> time_in(const json &record, const char *key) {
    const auto found = record.find(key);
    if (found == record.end() || !found->is_number_integer())
        return std::nullopt;
    const auto seconds = found->get<std::int64_t>();
    if (seconds < 0 || seconds > latest_time)
        return std::nullopt;
    return KnownServer::Time(std::chrono::seconds(seconds));
}

std::optional<KnownServer> parse(std::string_view text) {
    const json record = json::parse(text, nullptr, false);
    if (!record.is_object())
        return std::nullopt;
    const auto name = record.find("server");
    const auto asks = record.find("asks_certificate");
    const auto first = time_in(record, "first");
    const auto last = time_in(record, "last");
    if (name == record.end() || !name->is_string() || asks == record.end() || !asks->is_boolean() || !first ||
        !last)
        return std::nullopt;
    return KnownServer{name->get<std::string>(), asks->get<bool>(), *first, *last};
}

Result<KnownServer> read_record(const std::filesystem::path &file, std::string_view name) {
    const auto text = read_file(file, largest_record);
    if (!text)
        return text.error();
    auto server = parse(*text);
    if (!server || file_name_for(server->name) != file.filename().string())
        return damaged(file, name);
    return std::move(*server);
}

} // namespace

Result<std::filesystem::path> KnownServers::file_of(std::string_view name) const {
    const std::string file = file_name_for(normal_server_name(name));
    if (file.empty() || file.size() > longest_file_name)
        return Error{Stage::input, "server-name-invalid", "no such server name"}.with(
            "given", printable(name.substr(0, longest_file_name)));
    return directory_ / file;
}

Result<std::optional<KnownServer>> KnownServers::find(std::string_view name) const {
    const auto file = file_of(name);
    if (!file)
        return file.error();
    auto server = read_record(*file, name);
    if (server)
        return std::optional(std::move(*server));
    if (server.error().name == "file-missing")
        return std::optional<KnownServer>();
    return std::move(server).error();
}

namespace {

/// What the record is to be after a server was seen so; absent when it is that already.
std::optional<KnownServer> grown(const std::optional<KnownServer> &known, KnownServer seen) {
    if (!known)
        return seen;
    seen.first = known->first;
    seen.asks_certificate = seen.asks_certificate || known->asks_certificate;
    const auto age = seen.last - known->last;
    // A clock that was set back must not keep the record from going on.
    if (seen.asks_certificate == known->asks_certificate && age >= age.zero() && age < worth_writing)
        return std::nullopt;
    return seen;
}

/// Through a name that begins with a dot, so that nobody takes for a record what a killed run leaves.
Status write_record(const std::filesystem::path &file, const KnownServer &server) {
    const json record{{"server", server.name},
                      {"asks_certificate", server.asks_certificate},
                      {"first", server.first.time_since_epoch().count()},
                      {"last", server.last.time_since_epoch().count()}};
    const auto unfinished = file.parent_path() / ("." + file.filename().string());
    if (auto written = write_file(unfinished, as_bytes(record.dump() + "\n"), 0644); !written)
        return written;
    if (std::rename(unfinished.c_str(), file.c_str()) != 0)
        return system_error(Stage::input, "file-unwritable", "cannot write " + file.string(), errno);
    return {};
}

} // namespace

Status KnownServers::remember(std::string_view name, bool asks_certificate, KnownServer::Time now) const {
    const auto file = file_of(name);
    if (!file)
        return file.error();
    const KnownServer seen{normal_server_name(name), asks_certificate, now, now};
    auto known = find(name);
    if (!known)
        return std::move(known).error();
    if (!grown(*known, seen))
        return {}; // nearly every time, and without a lock
    if (auto made = make_directory(directory_, 0755); !made)
        return made;
    const auto lock = lock_file(directory_ / ".lock");
    if (!lock)
        return lock.error();
    known = find(name); // another mount may have written it since
    if (!known)
        return std::move(known).error();
    const auto server = grown(*known, seen);
    return server ? write_record(*file, *server) : Status{};
}

Result<std::vector<KnownServer>> KnownServers::list(std::size_t &unreadable) const {
    std::vector<KnownServer> servers;
    unreadable = 0;
    std::error_code failure;
    for (std::filesystem::directory_iterator entry(directory_, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        if (!may_be_record(entry->path().filename().string()))
            continue;
        if (auto server = read_record(entry->path(), entry->path().filename().string()))
            servers.push_back(std::move(*server));
        else
            ++unreadable;
    }
    if (failure && failure.value() != ENOENT)
        return system_error(Stage::input, "file-unreadable", "cannot read " + directory_.string(),
                            failure.value());
    std::ranges::sort(servers, {}, &KnownServer::name);
    return servers;
}

Result<bool> KnownServers::forget(std::string_view name) const {
    const auto file = file_of(name);
    if (!file)
        return file.error();
    std::error_code failure;
    if (!std::filesystem::exists(directory_, failure))
        return false;
    const auto lock = lock_file(directory_ / ".lock");
    if (!lock)
        return lock.error();
    const bool removed = std::filesystem::remove(*file, failure);
    if (failure)
        return system_error(Stage::input, "file-unwritable", "cannot remove " + file->string(),
                            failure.value());
    return removed;
}

} // namespace rpctls::client
