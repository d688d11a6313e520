// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/preflight_memory.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/file.hpp"
#include "rpc/base/file_name.hpp"
#include "rpc/base/text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

namespace rpctls::mount_helper {

namespace {

using nlohmann::json;

constexpr std::size_t largest_text = 65536;
constexpr std::size_t most_addresses = 64;
constexpr std::size_t most_remembered = 8;

std::optional<bool> truth_in(const json &object, const char *key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_boolean() ? std::optional(found->get<bool>()) : std::nullopt;
}

std::optional<std::string> text_in(const json &object, const char *key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                       : std::nullopt;
}

std::optional<std::vector<std::string>> texts_in(const json &object, const char *key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_array() || found->size() > most_addresses)
        return std::nullopt;
    std::vector<std::string> texts;
    for (const json &item : *found) {
        if (!item.is_string())
            return std::nullopt;
        texts.push_back(item.get<std::string>());
    }
    return texts;
}

/// Of two numbers; false: neither absent nor of that form.
bool take_serials(const json &object, Remembered &remembered) {
    const auto found = object.find("serials");
    if (found == object.end())
        return true;
    if (!found->is_array() || found->size() != 2)
        return false;
    std::array<std::int64_t, 2> numbers{};
    for (std::size_t i = 0; i < 2; ++i) {
        if (!(*found)[i].is_number_integer())
            return false;
        numbers[i] = (*found)[i].get<std::int64_t>();
        if (numbers[i] <= 0 || numbers[i] > INT32_MAX)
            return false;
    }
    remembered.serials =
        keys::IdentitySerials{static_cast<keys::Serial>(numbers[0]), static_cast<keys::Serial>(numbers[1])};
    return true;
}

/// Waits for the lock (LOCK_SH, LOCK_EX), at most so long. flock(2) has no time-out of its own: a signal ends it.
bool lock_within(int file, int lock, std::chrono::milliseconds patience) {
    if (::flock(file, lock | LOCK_NB) == 0)
        return true;
    if (patience <= patience.zero())
        return false;
    struct sigaction wake {};
    struct sigaction before {};
    wake.sa_handler = [](int) {};
    if (::sigaction(SIGALRM, &wake, &before) != 0)
        return false;
    sigset_t alarm;
    sigset_t blocked;
    ::sigemptyset(&alarm);
    ::sigaddset(&alarm, SIGALRM);
    ::pthread_sigmask(SIG_UNBLOCK, &alarm, &blocked);
    // Again and again: one that comes before the waiting has begun would be lost.
    const timeval first{patience.count() / 1000, patience.count() % 1000 * 1000};
    const itimerval timer{.it_interval = {0, 10000}, .it_value = first};
    const itimerval none{};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
    const bool locked = ::flock(file, lock) == 0;
    ::setitimer(ITIMER_REAL, &none, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
    ::sigaction(SIGALRM, &before, nullptr);
    return locked;
}

} // namespace

BootTime boot_time_now() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

bool still_speaks(const Dated &dated, BootTime begun, BootTime now) {
    if (dated.at > now)
        return false;
    return dated.at >= begun || (!dated.remembered.failure && now - dated.at <= preflight_stays_good);
}

std::vector<Dated> grown(std::vector<Dated> all, std::optional<Dated> more,
                         const std::optional<std::string> &told) {
    std::erase_if(all, [&](const Dated &old) {
        const Remembered &known = old.remembered;
        return (more && known.about == more->remembered.about) ||
               (told && known.told && *known.told != *told);
    });
    if (more)
        all.insert(all.begin(), std::move(*more));
    if (all.size() > most_remembered)
        all.resize(most_remembered);
    return all;
}

namespace {

json to_json(const Dated &dated) {
    const Remembered &remembered = dated.remembered;
    json object{{"at", dated.at.count()},
                {"about", remembered.about},
                {"addresses", remembered.addresses},
                {"address", remembered.address},
                {"null_call_answered", remembered.null_call_answered},
                {"certificate_requested", remembered.certificate_requested}};
    if (remembered.identity)
        object["identity"] = *remembered.identity;
    if (remembered.serials)
        object["serials"] = {remembered.serials->certificate, remembered.serials->private_key};
    if (remembered.told)
        object["told"] = *remembered.told;
    if (remembered.failure)
        object["failure"] = rpctls::to_json(*remembered.failure);
    return object;
}

std::optional<Dated> dated_from(const json &object) {
    if (!object.is_object())
        return std::nullopt;
    const auto at = object.find("at");
    auto about = text_in(object, "about");
    auto address = text_in(object, "address");
    auto addresses = texts_in(object, "addresses");
    const auto answered = truth_in(object, "null_call_answered");
    const auto requested = truth_in(object, "certificate_requested");
    if (at == object.end() || !at->is_number_integer() || !about || !address || !addresses || !answered ||
        !requested)
        return std::nullopt;
    Dated dated;
    dated.at = BootTime(at->get<std::int64_t>());
    Remembered &remembered = dated.remembered;
    remembered.about = std::move(*about);
    remembered.addresses = std::move(*addresses);
    remembered.address = std::move(*address);
    remembered.null_call_answered = *answered;
    remembered.certificate_requested = *requested;
    remembered.identity = text_in(object, "identity");
    remembered.told = text_in(object, "told");
    if (!take_serials(object, remembered))
        return std::nullopt;
    if (const auto failure = object.find("failure"); failure != object.end()) {
        remembered.failure = error_from_json(*failure);
        if (!remembered.failure)
            return std::nullopt;
    }
    return dated;
}

std::optional<std::filesystem::path> file_about(std::string_view server,
                                                const std::filesystem::path &directory) {
    const std::string name = file_name_for(server);
    return name.empty() || name.size() > longest_file_name ? std::nullopt : std::optional(directory / name);
}

} // namespace

std::string to_text(const std::vector<Dated> &all) {
    json list = json::array();
    for (const Dated &dated : all)
        list.push_back(to_json(dated));
    return list.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::vector<Dated> remembered_from(std::string_view text) {
    const json list = json::parse(text, nullptr, false);
    std::vector<Dated> all;
    if (!list.is_array())
        return all;
    for (const json &object : list)
        if (auto dated = dated_from(object); dated && all.size() < most_remembered)
            all.push_back(std::move(*dated));
    return all;
}

std::optional<PreflightTurn> PreflightTurn::open(std::string_view server,
                                                 const std::filesystem::path &directory) {
    const BootTime begun = boot_time_now();
    const auto path = file_about(server, directory);
    if (!path || !make_directory(directory, 0700))
        return std::nullopt;
    Fd file(::open(path->c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
    if (!file.is_open())
        return std::nullopt;
    return PreflightTurn(std::move(file), *path, begun);
}

bool PreflightTurn::wait(int lock, std::chrono::milliseconds patience) {
    if (!lock_within(file_.get(), lock, patience))
        return false;
    known_ = remembered_from(contents_of(file_.get(), largest_text));
    return true;
}

std::optional<Remembered> PreflightTurn::seen(std::string_view server, std::string_view about,
                                              std::chrono::milliseconds patience,
                                              const std::filesystem::path &directory) {
    auto turn = open(server, directory);
    return turn && turn->wait(LOCK_SH, patience) ? turn->found(about) : std::nullopt;
}

std::optional<PreflightTurn> PreflightTurn::take(std::string_view server, std::chrono::milliseconds patience,
                                                 const std::filesystem::path &directory) {
    auto turn = open(server, directory);
    return turn && turn->wait(LOCK_EX, patience) ? std::move(turn) : std::nullopt;
}

std::optional<Remembered> PreflightTurn::found(std::string_view about) const {
    for (const Dated &dated : known_)
        if (dated.remembered.about == about && still_speaks(dated, begun_, boot_time_now()))
            return dated.remembered;
    return std::nullopt;
}

PreflightTurn::~PreflightTurn() {
    if (file_.is_open() && is_to_be_forgotten_)
        ::unlink(path_.c_str());
}

void PreflightTurn::note(std::optional<Remembered> remembered, const std::optional<std::string> &told) {
    const bool failed = remembered && remembered->failure;
    std::optional<Dated> more;
    if (remembered)
        more = Dated{std::move(*remembered), boot_time_now()};
    known_ = grown(std::move(known_), std::move(more), told);
    const std::string text = to_text(known_);
    struct stat status {};
    // Half of it would be no JSON. Who waits has the file open; who comes later is to find nothing of a failure, nor what
    // was noted meanwhile in another file of that name.
    const bool noted = ::ftruncate(file_.get(), 0) == 0 && ::pwrite(file_.get(), text.data(), text.size(),
                                                                    0) == static_cast<ssize_t>(text.size());
    is_to_be_forgotten_ =
        !noted || failed || known_.empty() || ::fstat(file_.get(), &status) != 0 || status.st_nlink == 0;
}

void forget_preflights(std::string_view server, const std::filesystem::path &directory) {
    if (const auto path = file_about(server, directory))
        ::unlink(path->c_str());
}

} // namespace rpctls::mount_helper
