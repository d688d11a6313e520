// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/keys/identity.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace rpctls::keys {

namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_key_url = 4097; // and its end of line
constexpr const char *certificate_file = "cert.pem";
constexpr const char *private_key_file = "key.pem";
constexpr const char *key_url_file = "key.url";
constexpr const char *lock_name = ".lock";

Error unknown_identity(std::string_view name, const std::vector<std::string> &known) {
    return Error{Stage::keyring, "identity-unknown", "no identity is named " + std::string(name)}
        .with("known", known.empty() ? "none" : join(known, " "))
        .advise("tlsctl identity add " + std::string(name) + " --cert FILE --key FILE");
}

/// A directory that vanishes with what it holds, unless it was renamed to its final name first.
class UnfinishedDirectory {
public:
    explicit UnfinishedDirectory(std::filesystem::path path) : path_(std::move(path)) {}
    UnfinishedDirectory(const UnfinishedDirectory &) = delete;
    UnfinishedDirectory &operator=(const UnfinishedDirectory &) = delete;
    ~UnfinishedDirectory() {
        std::error_code ignored;
        if (!path_.empty())
            std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path &path() const { return path_; }
    void finished() { path_.clear(); }

private:
    std::filesystem::path path_;
};

/// A directory of this store with the whole identity in it, under a name that list() passes over: no identity's starts
/// with a dot.
Result<std::unique_ptr<UnfinishedDirectory>> stage(const std::filesystem::path &store,
                                                   const StoredIdentity &identity) {
    std::string unfinished = (store / ".new-XXXXXX").string();
    if (::mkdtemp(unfinished.data()) == nullptr)
        return system_error(Stage::input, "directory-unwritable", "cannot make " + unfinished, errno);
    auto directory = std::make_unique<UnfinishedDirectory>(unfinished);
    if (auto written =
            write_file(directory->path() / (identity.key_is_in_token() ? key_url_file : private_key_file),
                       identity.private_key_pem.bytes(), 0600);
        !written)
        return std::move(written).error();
    if (auto written = write_file(directory->path() / certificate_file, as_bytes(identity.chain_pem), 0600);
        !written)
        return std::move(written).error();
    return directory;
}

/// The key, or where it is. A file that says both would be somebody's mistake; the key itself then counts.
Result<Secret> read_private_key(const std::filesystem::path &identity) {
    auto key = read_secret_file(identity / private_key_file);
    if (key || key.error().name != "file-missing")
        return key;
    auto url = read_secret_file(identity / key_url_file, longest_key_url);
    if (!url)
        return url.error().name == "file-missing" ? std::move(key) : std::move(url);
    const auto text = trimmed(as_text(url->bytes()));
    if (!is_key_url(text))
        return Error{Stage::input, "key-url-invalid",
                     "no URL of a key is in " + (identity / key_url_file).string()}
            .advise("update the identity: tlsctl identity update");
    return Secret(as_bytes(text));
}

/// What an interrupted run has left, keys among it. Only for who holds the store: nobody else is at work there then.
void sweep(const std::filesystem::path &store) {
    std::error_code failure;
    for (std::filesystem::directory_iterator entries(store, failure), end; !failure && entries != end;
         entries.increment(failure)) {
        const std::string name = entries->path().filename().string();
        std::error_code ignored;
        if (name.starts_with(".new-") || name.starts_with(".old-"))
            std::filesystem::remove_all(entries->path(), ignored);
    }
}

/// Makes new names in it survive a power cut.
void settle(const std::filesystem::path &store) {
    if (Fd parent(::open(store.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); parent.is_open())
        (void)::fsync(parent.get());
}

/// Whether the path still leads to this directory.
bool is_at(const Fd &directory, const std::filesystem::path &path) {
    struct stat opened {
    }, there{};
    return ::fstat(directory.get(), &opened) == 0 && ::stat(path.c_str(), &there) == 0 &&
           opened.st_ino == there.st_ino && opened.st_dev == there.st_dev;
}

} // namespace

bool is_key_url(std::string_view key) {
    return key.starts_with("pkcs11:") || key.starts_with("tpmkey:");
}

bool StoredIdentity::key_is_in_token() const {
    return is_key_url(as_text(private_key_pem.bytes()));
}

Status check_identity_name(std::string_view name) {
    const auto invalid = [&](std::string why) -> Error {
        return Error{Stage::input, "identity-name-invalid",
                     "\"" + printable(name.substr(0, 2 * longest_name)) + "\" cannot name an identity"}
            .with("", std::move(why))
            .advise(
                "use 1 to 64 printable ASCII characters without blank : ; , and /, not starting with a dot");
    };
    if (name.empty())
        return invalid("it is empty");
    if (name.size() > longest_name)
        return invalid("it has " + std::to_string(name.size()) + " characters, at most 64 are allowed");
    if (name.front() == '.')
        return invalid("it starts with a dot");
    for (const char c : name)
        if (c <= ' ' || c > '~' || std::string_view(":;,/").find(c) != std::string_view::npos)
            return invalid("it contains " + (c == ' ' ? "a blank" : "\"" + printable({&c, 1}) + "\""));
    return {};
}

IdentityStore::IdentityStore(std::filesystem::path root)
    : directory_(std::move(root) / "etc/rpctls/identities") {}

Result<IdentityStore::Hold> IdentityStore::hold() const {
    if (auto made = make_directory(directory_, 0700); !made)
        return std::move(made).error();
    auto lock = lock_file(directory_ / lock_name);
    if (!lock)
        return std::move(lock).error();
    sweep(directory_);
    return Hold(std::move(*lock));
}

Result<std::optional<IdentityStore::Hold>> IdentityStore::hold_for_reading() const {
    auto lock = lock_file(directory_ / lock_name);
    if (lock)
        return std::optional(Hold(std::move(*lock)));
    const int number = lock.error().system_errno;
    if (number == ENOENT || number == EROFS)
        return std::optional<Hold>();
    return std::move(lock).error();
}

Status IdentityStore::check_known(std::string_view name) const {
    if (auto valid = check_identity_name(name); !valid)
        return valid;
    struct stat status {};
    if (::stat((directory_ / name).c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        return {};
    auto known = list();
    if (!known)
        return std::move(known).error();
    return unknown_identity(name, *known);
}

Result<StoredIdentity> IdentityStore::load(std::string_view name) const {
    const auto path = directory_ / name;
    // An update puts another directory in this one's place, for good: both files are of one when the one that was there
    // before is there after. Held open, since its number would be given to another otherwise.
    for (;;) {
        if (auto known = check_known(name); !known)
            return std::move(known).error();
        const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!directory.is_open() && errno == ENOENT)
            continue;
        if (!directory.is_open())
            return system_error(Stage::input, "directory-unreadable", "cannot read " + path.string(), errno);
        auto chain = read_file(path / certificate_file);
        auto key = read_private_key(path);
        if (!is_at(directory, path))
            continue;
        if (!chain)
            return std::move(chain).error();
        if (!key)
            return std::move(key).error();
        return StoredIdentity{std::string(name), std::move(*chain), std::move(*key)};
    }
}

Status IdentityStore::add(const StoredIdentity &identity) const {
    if (auto valid = check_identity_name(identity.name); !valid)
        return valid;
    const auto held = hold();
    return held ? add(identity, *held) : Status(held.error());
}

Status IdentityStore::add(const StoredIdentity &identity, const Hold &) const {
    if (auto valid = check_identity_name(identity.name); !valid)
        return valid;
    const auto path = directory_ / identity.name;
    std::error_code failure;
    const auto exists = [&]() -> Error {
        return Error{Stage::keyring, "identity-exists",
                     "an identity named " + identity.name + " exists already"}
            .with("directory", path.string())
            .advise("choose another name, or take the old one away first");
    };
    if (std::filesystem::exists(std::filesystem::symlink_status(path, failure)))
        return exists();
    auto directory = stage(directory_, identity);
    if (!directory)
        return std::move(directory).error();
    // rename(2) would replace an empty directory; nobody else adds one while the lock is held.
    if (::rename((*directory)->path().c_str(), path.c_str()) != 0)
        return errno == ENOTEMPTY || errno == EEXIST ? exists()
                                                     : system_error(Stage::input, "directory-unwritable",
                                                                    "cannot make " + path.string(), errno);
    (*directory)->finished();
    settle(directory_);
    return {};
}

Status IdentityStore::update(const StoredIdentity &identity) const {
    // A store is not made for the sake of saying that it has no such name.
    if (auto known = check_known(identity.name); !known)
        return known;
    const auto held = hold();
    return held ? update(identity, *held) : Status(held.error());
}

Status IdentityStore::update(const StoredIdentity &identity, const Hold &) const {
    if (auto known = check_known(identity.name); !known)
        return known;
    const auto directory = stage(directory_, identity);
    if (!directory)
        return directory.error();
    const auto path = directory_ / identity.name;
    // The old pair then has the staged one's name, and goes with it.
    if (::renameat2(AT_FDCWD, (*directory)->path().c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) != 0)
        return system_error(Stage::input, "directory-unwritable", "cannot replace " + path.string(), errno);
    settle(directory_);
    return {};
}

Status IdentityStore::remove(std::string_view name) const {
    if (auto known = check_known(name); !known)
        return known;
    const auto held = hold();
    return held ? remove(name, *held) : Status(held.error());
}

Status IdentityStore::remove(std::string_view name, const Hold &) const {
    if (auto known = check_known(name); !known)
        return known;
    // Out of sight in one step, then gone: a reader sees all of it or nothing.
    std::string gone = (directory_ / ".old-XXXXXX").string();
    if (::mkdtemp(gone.data()) == nullptr)
        return system_error(Stage::input, "directory-unwritable", "cannot make " + gone, errno);
    const UnfinishedDirectory directory(gone);
    const auto path = directory_ / name;
    if (::rename(path.c_str(), gone.c_str()) != 0)
        return system_error(Stage::input, "directory-unwritable", "cannot remove " + path.string(), errno);
    settle(directory_);
    return {};
}

Result<std::vector<std::string>> IdentityStore::list() const {
    std::vector<std::string> names;
    std::error_code failure;
    std::filesystem::directory_iterator entries(directory_, failure);
    if (failure == std::errc::no_such_file_or_directory)
        return names;
    for (; !failure && entries != std::filesystem::directory_iterator(); entries.increment(failure)) {
        std::error_code ignored;
        auto name = entries->path().filename().string();
        if (check_identity_name(name) && entries->is_directory(ignored))
            names.push_back(std::move(name));
    }
    if (failure)
        return system_error(Stage::input, "directory-unreadable", "cannot read " + directory_.string(),
                            failure.value());
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace rpctls::keys
