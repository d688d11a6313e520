// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/exports/export_findings.hpp"

#include "rpc/base/text.hpp"
#include "rpc/kernel/export_client.hpp"
#include "rpc/kernel/nfsd.hpp"
#include "tlsctl/exports/exportfs.hpp"
#include "tlsctl/exports/server_certificate.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>

namespace rpctls::tlsctl {

namespace {

using kernel::ExportEntry;
using kernel::ExportProtection;

/// An export as it counts, and the line that it comes from.
struct Effective {
    const ExportEntry *entry;
    const ConfiguredExport *from = nullptr;
};

/// What is in force, else (an image, or exportfs never ran) what the files say.
std::vector<Effective> effective_exports(const ExportsView &view) {
    std::vector<Effective> all;
    if (view.in_force)
        for (const ExportEntry &entry : *view.in_force)
            all.push_back({&entry});
    for (const ConfiguredExport &each : view.configured) {
        if (!view.in_force)
            all.push_back({&each.entry, &each});
        else if (each.in_force)
            all[*each.in_force].from = &each;
    }
    return all;
}

class Examination {
public:
    Examination(const ExportsView &view, const Context &context)
        : view_(view), context_(context), effective_(effective_exports(view)) {}

    std::vector<ExportFinding> run() {
        for (const Error &fault : view_.faults)
            findings_.push_back({"exports-unreadable", true, summary(fault), fault.hint});
        look_at_protection();
        look_at_parents();
        look_at_files();
        if (context_.root == "/")
            look_at_force();
        look_at_server();
        return std::move(findings_);
    }

private:
    void add(std::string name, bool problem, const Effective &about, std::string what, std::string hint) {
        findings_.push_back({std::move(name), problem, std::move(what), std::move(hint),
                             printable(about.entry->path), printable(about.entry->client),
                             about.from != nullptr ? place_of(*about.from) : ""});
    }

    static std::string whom(const ExportEntry &entry) {
        return printable(entry.path) + " to " + printable(entry.client);
    }

    /// For a line that is ours, a command; else the file.
    static std::string remedy(const Effective &each) {
        if (each.from != nullptr && each.from->ours)
            return "tlsctl export set " + printable(each.entry->path) + " --clients " +
                   printable(each.entry->client);
        return "add xprtsec=mtls to the line (or xprtsec=tls:mtls), then exportfs -r";
    }

    void look_at_protection() {
        for (const Effective &each : effective_) {
            const ExportProtection protection = each.entry->protection();
            if (protection.none)
                add("plaintext-allowed", true, each, whom(*each.entry) + " may be mounted without TLS",
                    remedy(each));
            else if (!protection.only_mtls() && kernel::is_world(each.entry->client))
                add("world-without-certificate", true, each,
                    whom(*each.entry) + ": everybody may mount it, without a certificate", remedy(each));
            look_at_sums(each, protection);
        }
    }

    /// "-xprtsec=tls host(xprtsec=mtls)" takes both.
    void look_at_sums(const Effective &each, const ExportProtection &protection) {
        if (each.from == nullptr)
            return;
        std::optional<ExportProtection> last;
        for (const std::string_view option : each.from->entry.options)
            if (option.starts_with("xprtsec="))
                last = kernel::parse_export_protection(option.substr(8));
        if (last && protection.weaker_than(*last))
            add("xprtsec-adds", true, each,
                whom(*each.entry) + ": several xprtsec= add up to " + protection.words(),
                "keep one xprtsec= for the line, default options included");
    }

    dev_t device_of(const std::string &path) {
        const auto [at, fresh] = devices_.try_emplace(path, 0);
        struct stat status {};
        if (fresh && ::stat(context_.below_root(path).c_str(), &status) == 0)
            at->second = status.st_dev;
        return at->second;
    }

    /// nfsd does not ask again at a directory on the same file system: who may mount what is above it gets it, too.
    void look_at_parents() {
        std::map<std::string, std::vector<const Effective *>> by_path;
        for (const Effective &each : effective_)
            by_path[plain_path(each.entry->path)].push_back(&each);
        std::set<std::pair<std::string, std::string>> told;
        for (const Effective &each : effective_) {
            const std::string path = plain_path(each.entry->path);
            for (std::filesystem::path above = path; above.has_relative_path();) {
                above = above.parent_path();
                const auto found = by_path.find(above.string());
                if (found == by_path.end() || told.contains({path, above.string()}))
                    continue;
                const auto weaker = std::ranges::find_if(found->second, [&](const Effective *other) {
                    return other->entry->protection().weaker_than(each.entry->protection());
                });
                if (weaker == found->second.end() || device_of(path) == 0 ||
                    device_of(path) != device_of(above.string()))
                    continue;
                told.emplace(path, above.string());
                add("weaker-parent", true, each,
                    printable(path) + " is reached through " + whom(*(*weaker)->entry) +
                        " as well, which takes " + (*weaker)->entry->protection().words() +
                        ", on the same file system",
                    "protect " + printable(above.string()) + " alike, or do not export it");
            }
        }
    }

    void look_at_files() {
        std::map<std::string, const ConfiguredExport *> first;
        std::set<std::string> missing;
        for (const ConfiguredExport &each : view_.configured) {
            const Effective about{&each.entry, &each};
            std::error_code failed;
            if (!std::filesystem::is_directory(context_.below_root(each.entry.path), failed) &&
                missing.insert(each.entry.path).second)
                add("path-missing", true, about, printable(each.entry.path) + " is no directory",
                    "make it, or take the export back");
            const auto [at, fresh] =
                first.try_emplace(plain_path(each.entry.path) + '\n' + lower_case(each.entry.client), &each);
            if (!fresh)
                add("conflict", true, about,
                    whom(each.entry) + " is exported by " + place_of(*at->second) + " already, which counts",
                    "remove one of the two");
        }
    }

    void look_at_force() {
        for (const ConfiguredExport &each : view_.configured) {
            const Effective about{&each.entry, &each};
            if (!each.in_force) {
                add("not-in-force", true, about, whom(each.entry) + " is not in force",
                    view_.in_force ? "exportfs -r; it says what it does not take"
                                   : "start the NFS server (Debian: systemctl start nfs-server)");
                continue;
            }
            const auto real = (*view_.in_force)[*each.in_force].protection();
            if (!(real == each.entry.protection()))
                add("in-force-differs", true, about,
                    whom(each.entry) + " is in force with xprtsec=" + real.words() +
                        ", the file says xprtsec=" + each.entry.protection().words(),
                    "exportfs -r");
        }
        for (const Effective &each : effective_)
            if (each.from == nullptr)
                add("in-force-by-hand", false, each, whom(*each.entry) + " is in force and in no file",
                    "exportfs -r takes it back");
    }

    void look_at_server() {
        const bool protects = std::ranges::any_of(effective_, [](const Effective &each) {
            const auto protection = each.entry->protection();
            return !protection.none;
        });
        if (!protects)
            return;
        if (const auto able = check_kernel_enforces(context_); !able)
            findings_.push_back({able.error().name, true, summary(able.error()), able.error().hint});
        const auto certificate = examine_server_certificate(context_);
        if (!certificate)
            findings_.push_back(
                {certificate.error().name, true, summary(certificate.error()), certificate.error().hint});
        else
            for (const std::string &note : certificate->notes)
                findings_.push_back({"server-name-not-covered", false, note});
        if (context_.root == "/" && kernel::nfsd_threads() == 0)
            findings_.push_back(
                {"server-stopped", false, "the NFS server does not run", "systemctl start nfs-server"});
    }

    const ExportsView &view_;
    const Context &context_;
    std::vector<Effective> effective_;
    std::map<std::string, dev_t> devices_;
    std::vector<ExportFinding> findings_;
};

} // namespace

std::vector<ExportFinding> examine_exports(const ExportsView &view, const Context &context) {
    return Examination(view, context).run();
}

std::string place_of(const ConfiguredExport &configured) {
    return configured.file.string() + " line " + std::to_string(configured.entry.line);
}

} // namespace rpctls::tlsctl
