// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "tlsctl/certificates/certificate_view.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/identities/identity_uses.hpp"
#include "tlsctl/identities/identity_view.hpp"

#include "rpc/base/error_json.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"

#include <algorithm>
#include <memory>

namespace rpctls::tlsctl {

namespace {

constexpr unsigned longest_check = 36500;

struct Options {
    std::optional<unsigned> check; ///< days
};

std::string keys_words(const IdentityView &identity) {
    if (!identity.serials)
        return identity.key_url.empty() ? "" : "(in a token)";
    std::string words =
        std::to_string(identity.serials->certificate) + " " + std::to_string(identity.serials->private_key);
    if (!identity.stored)
        words += " (not in the store)";
    else if (!identity.current)
        words += " (outdated)";
    return words;
}

std::string uses_words(const UsesOfIdentities::Use &use) {
    std::vector<std::string> words = use.mounts;
    for (const std::string &section : use.sections)
        words.push_back("[" + section + "]");
    return join(words, " ");
}

class List {
public:
    List(const Options &options, const UsesOfIdentities &uses) : options_(options), uses_(uses) {
        report_.json = {{"identities", nlohmann::json::array()}};
    }

    void add(const std::string &name, const Result<IdentityView> &identity) {
        if (!identity)
            return damaged(name, identity.error());
        const auto &leaf = identity->chain.front();
        const bool holds = !options_.check || leaf.not_after > std::chrono::system_clock::now() +
                                                                   std::chrono::hours(24) * *options_.check;
        if (!holds)
            ++ending_;
        auto json = identity_json(*identity);
        json["used_by"] = uses_json(uses_.of(name));
        if (options_.check)
            json["holds"] = holds;
        report_.json["identities"].push_back(std::move(json));
        if (holds && options_.check)
            return;
        rows_.push_back({name, leaf.subject, leaf.names(),
                         format_time(leaf.not_after).substr(0, 10) + " (" + validity_words(leaf) + ")",
                         short_fingerprint(leaf), keys_words(*identity), uses_words(uses_.of(name))});
    }

    Report result(const std::filesystem::path &directory) && {
        const auto count = report_.json["identities"].size();
        if (!rows_.empty())
            report_.text =
                table({"NAME", "SUBJECT", "NAMES", "EXPIRES", "SHA-256", "KEYS", "USED BY"}, rows_);
        else if (count == 0)
            report_.text = "no identities in " + directory.string() + "\n";
        else
            report_.text = "none of " + std::to_string(count) + " ends within " +
                           std::to_string(*options_.check) + " days\n";
        auto unknown = nlohmann::json::array();
        for (const std::string &point : uses_.unknown_mounts)
            unknown.push_back(printable(point));
        if (!unknown.empty() && !options_.check)
            report_.text += "Which identity these mounts prove is not known: " +
                            printable(join(uses_.unknown_mounts, " ")) + "\n";
        report_.json["unknown_mounts"] = std::move(unknown);
        if (ending_ != 0)
            report_.exit = Exit::no;
        return std::move(report_);
    }

private:
    /// One damaged identity must not hide the others; the exit code and the message tell of the first.
    void damaged(const std::string &name, const Error &error) {
        rows_.push_back({name, "(damaged: " + error.name + ")"});
        rows_.back().resize(7);
        rows_.back().back() = uses_words(uses_.of(name));
        report_.json["identities"].push_back(
            {{"name", name}, {"error", to_json(error)}, {"used_by", uses_json(uses_.of(name))}});
        if (!report_.error)
            report_.error = error;
    }

    const Options &options_;
    const UsesOfIdentities &uses_;
    std::vector<std::vector<std::string>> rows_;
    std::size_t ending_ = 0;
    Report report_;
};

Result<Report> list(const Options &options, const Context &context) {
    const keys::IdentityStore store(context.root);
    auto names = store.list();
    if (!names)
        return std::move(names).error();
    auto keyring = nfs_keyring(context);
    if (!keyring)
        return std::move(keyring).error();
    Published published;
    if (*keyring) {
        auto found = keys::published_identities(**keyring);
        if (!found)
            return std::move(found).error();
        published = std::move(*found);
    }
    const auto uses = find_uses(context);
    if (!uses)
        return uses.error();
    List list(options, *uses);
    for (const std::string &name : *names)
        list.add(name, view_identity(store, published, name));
    for (const auto &[name, serials] : published)
        if (!std::binary_search(names->begin(), names->end(), name))
            list.add(name, view_published(serials, name));
    return std::move(list).result(store.directory());
}

} // namespace

void add_identity_list(Command parent, Context &context) {
    const Command command = add_command(
        parent, "list", "The identities of this host, and where they are used",
        "  tlsctl identity list\n"
        "  tlsctl identity list --json | jq -r '.identities[].name'\n"
        "  tlsctl identity list --check 30 >/dev/null || echo \"look at identities\" | mail root\n");
    const auto options = std::make_shared<Options>();
    command
        .add_option("--check", options->check,
                    "Only those that end within so many days, or are damaged; exit status 1 if there are any")
        .type_name("DAYS")
        .between(0U, longest_check);
    command.callback(
        [options, &context] { context.selected = [options, &context] { return list(*options, context); }; });
}

} // namespace rpctls::tlsctl
