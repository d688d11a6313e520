// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/trust/trust_store.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/staged_file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/tls/credentials.hpp"
#include "tlsctl/trust/trust_selection.hpp"

#include <algorithm>
#include <array>

namespace rpctls::tlsctl {

namespace {

using Certificates = std::vector<tls::CertificateInfo>;

/// One file that is to change, and where it stands.
struct Plan {
    TrustSource source;
    std::vector<std::filesystem::path> crls;
    TrustFileChange change;
};

std::string whom(tls::TrustRole role) {
    return role == tls::TrustRole::client ? "servers" : "clients";
}

Result<Fd> lock(const Context &context) {
    const auto directory = tls::kept_truststore(tls::TrustRole::client, context.root).parent_path();
    if (auto made = make_directory(directory, 0755); !made)
        return std::move(made).error();
    return lock_file(directory / ".lock");
}

/// Both roles may name one file.
Result<std::vector<Plan>> plan(const std::vector<tls::TrustRole> &roles, const Context &context) {
    std::vector<Plan> plans;
    for (const tls::TrustRole role : roles) {
        auto source = find_trust(role, context);
        if (!source)
            return std::move(source).error();
        auto same = std::ranges::find(plans, source->file, [](const Plan &each) { return each.change.file; });
        if (same == plans.end()) {
            plans.emplace_back();
            same = std::prev(plans.end());
            same->change.file = source->file;
            if (source->kind != TrustSource::Kind::system) {
                auto text = read_file(source->file);
                if (!text && text.error().name != "file-missing")
                    return std::move(text).error();
                if (text) {
                    auto certificates = tls::parse_trust(*text, source->file.string());
                    if (!certificates)
                        return std::move(certificates).error();
                    same->change.certificates = std::move(*certificates);
                    same->change.previous = std::move(*text);
                }
            }
            same->source = *source;
        }
        same->change.roles.push_back(role);
        if (source->crl)
            same->crls.push_back(*source->crl);
    }
    return plans;
}

/// Ours to edit are files in /etc/rpctls, but for those that other commands keep there.
Status check_editable(const Plan &each, const Context &context) {
    const std::string file = each.change.file.string();
    const auto refusal = [&](std::string why) {
        return Error{Stage::config, "trust-elsewhere", "tlsctl does not edit " + printable(file)}
            .with("named in", each.source.configuration.string())
            .with("reason", std::move(why))
            .advise("edit it by other means, or take x509.truststore= out of [authenticate." +
                    std::string(to_string(each.source.role)) + "] in " + each.source.configuration.string() +
                    ": then tlsctl trust keeps " +
                    tls::kept_truststore(each.source.role, context.root).string());
    };
    if (each.source.kind == TrustSource::Kind::configured) {
        std::error_code failed;
        const auto ours = std::filesystem::weakly_canonical(context.below_root("/etc/rpctls"), failed);
        const auto below =
            std::filesystem::weakly_canonical(each.change.file, failed).lexically_relative(ours);
        if (failed || below.empty() || below.begin()->string() == ".." || below == ".")
            return refusal("it lies outside of /etc/rpctls");
        static constexpr std::array<std::string_view, 3> others{"ca", "certs", "identities"};
        if (std::ranges::find(others, below.begin()->string()) != others.end())
            return refusal("other commands keep what lies there");
    }
    if (each.change.previous && tls::has_other_blocks(*each.change.previous))
        return Error{Stage::input, "trust-elsewhere", "tlsctl does not edit " + printable(file)}
            .with("reason", "there is more in it than certificates")
            .advise("keep keys and revocation lists in files of their own");
    return {};
}

/// What agents will make of it: a revocation list whose CA is gone would have them keep what they had.
Status check_usable(const Plan &each) {
    for (const auto &crl : each.crls) {
        tls::CredentialSources sources;
        sources.truststore = each.change.file;
        sources.crl = crl;
        if (auto loaded = tls::Credentials::load(std::move(sources)); !loaded) {
            Error why = std::move(loaded).error();
            return Error{Stage::input, "trust-unusable",
                         "agents could not use " + each.change.file.string() + " with this change"}
                .with("reason", summary(why))
                .advise("nothing was changed; a revocation list needs its CA: mend or remove the list first");
        }
    }
    return {};
}

Status remove_file(const std::filesystem::path &file) {
    std::error_code failed;
    std::filesystem::remove(file, failed);
    if (failed)
        return system_error(Stage::input, "file-unwritable", "cannot remove " + file.string(),
                            failed.value());
    return {};
}

/// As it was before.
Status bring_back(const TrustFileChange &change) {
    return change.previous ? write_file(change.file, as_bytes(*change.previous), 0644)
                           : remove_file(change.file);
}

/// All of them or none.
Status carry_out(std::vector<Plan> &plans) {
    std::vector<StagedFile> staged;
    for (const Plan &each : plans) {
        if (auto made = make_directory(each.change.file.parent_path(), 0755); !made)
            return made;
        const std::string text = tls::render_trust(each.change.certificates);
        auto written = StagedFile::write(each.change.file, as_bytes(text), 0644);
        if (!written)
            return std::move(written).error();
        staged.push_back(std::move(*written));
    }
    const auto roll_back = [&](Status why) {
        for (const Plan &each : plans)
            (void)bring_back(each.change);
        return why;
    };
    for (StagedFile &file : staged)
        if (auto committed = file.commit(StagedFile::Existing::replace); !committed)
            return roll_back(std::move(committed));
    for (const Plan &each : plans)
        if (auto usable = check_usable(each); !usable)
            return roll_back(std::move(usable));
    for (StagedFile &file : staged)
        file.settle();
    return {};
}

void drop_unchanged(std::vector<Plan> &plans, TrustChange &outcome) {
    for (Plan &each : plans)
        if (each.change.changed.empty())
            outcome.files.push_back(each.change);
    std::erase_if(plans, [](const Plan &each) { return each.change.changed.empty(); });
}

void note_shared(const Plan &each, TrustChange &outcome) {
    // Whoever named one role only has changed the other with it.
    if (each.change.roles.size() == 1)
        outcome.notes.push_back(each.change.file.string() + " is what [authenticate." +
                                std::string(to_string(each.source.role)) + "] of " +
                                each.source.configuration.string() + " names");
}

void note_authority(const tls::CertificateInfo &certificate, tls::Time now, TrustChange &outcome) {
    if (certificate.not_after <= now)
        outcome.notes.push_back(printable(certificate.subject) + " has expired: nobody passes by it");
    else if (certificate.not_before > now)
        outcome.notes.push_back(printable(certificate.subject) + " is not valid before " +
                                format_time(certificate.not_before));
}

Status check_authorities(const Certificates &all, std::string_view origin, bool force, tls::Time now) {
    for (const tls::CertificateInfo &certificate : all)
        if (auto fit = tls::check_authority(certificate, origin, now);
            !fit && !(force && fit.error().name == "ca-expired"))
            return fit;
    return {};
}

} // namespace

Result<TrustChange> add_trust(std::string_view pem_or_der, std::string_view origin,
                              const std::vector<tls::TrustRole> &roles, const Context &context, bool force) {
    const auto now = std::chrono::system_clock::now();
    auto authorities = tls::parse_trust(pem_or_der, origin);
    if (!authorities)
        return std::move(authorities).error();
    if (auto fit = check_authorities(*authorities, origin, force, now); !fit)
        return std::move(fit).error();
    const auto held = lock(context);
    if (!held)
        return held.error();
    auto plans = plan(roles, context);
    if (!plans)
        return std::move(plans).error();
    for (Plan &each : *plans)
        for (const tls::CertificateInfo &authority : *authorities) {
            auto &present = each.change.certificates;
            const bool known = std::ranges::any_of(present, [&](const tls::CertificateInfo &other) {
                return other.fingerprint == authority.fingerprint;
            });
            (known ? each.change.already : each.change.changed).push_back(authority);
            if (!known)
                present.push_back(authority);
        }
    TrustChange outcome;
    drop_unchanged(*plans, outcome);
    for (const Plan &each : *plans)
        if (auto editable = check_editable(each, context); !editable)
            return std::move(editable).error();
    if (auto done = carry_out(*plans); !done)
        return std::move(done).error();
    for (Plan &each : *plans) {
        if (each.source.kind == TrustSource::Kind::configured)
            note_shared(each, outcome);
        if (each.source.kind == TrustSource::Kind::system)
            outcome.notes.push_back(whom(each.source.role) + " are verified with " +
                                    each.change.file.string() +
                                    " alone from now on, not with the system's trust store");
        outcome.files.push_back(std::move(each.change));
    }
    for (const tls::CertificateInfo &authority : *authorities)
        note_authority(authority, now, outcome);
    return outcome;
}

Result<TrustChange> remove_trust(const std::optional<std::string> &which,
                                 const std::vector<tls::TrustRole> &roles, const Context &context) {
    const auto held = lock(context);
    if (!held)
        return held.error();
    auto plans = plan(roles, context);
    if (!plans)
        return std::move(plans).error();
    Certificates all;
    for (const Plan &each : *plans)
        all.insert(all.end(), each.change.certificates.begin(), each.change.certificates.end());
    std::optional<std::string> fingerprint;
    if (which) {
        auto found = select_certificate(*which, all);
        if (!found)
            return std::move(found).error();
        fingerprint = *found;
    }
    for (Plan &each : *plans) {
        auto &present = each.change.certificates;
        const auto goes = [&](const tls::CertificateInfo &certificate) {
            return !fingerprint || certificate.fingerprint == *fingerprint;
        };
        std::ranges::copy_if(present, std::back_inserter(each.change.changed), goes);
        std::erase_if(present, goes);
    }
    TrustChange outcome;
    drop_unchanged(*plans, outcome);
    for (const Plan &each : *plans)
        if (auto editable = check_editable(each, context); !editable)
            return std::move(editable).error();
    if (auto done = carry_out(*plans); !done)
        return std::move(done).error();
    for (Plan &each : *plans) {
        if (each.source.kind == TrustSource::Kind::configured)
            note_shared(each, outcome);
        if (each.change.certificates.empty())
            for (const tls::TrustRole role : each.change.roles)
                outcome.notes.push_back("no " + whom(role) +
                                        " are trusted any more: add a certificate, or return to the system's "
                                        "trust store with tlsctl trust remove --to-system --role " +
                                        std::string(to_string(role)));
        outcome.files.push_back(std::move(each.change));
    }
    return outcome;
}

Result<TrustChange> return_to_system_trust(const std::vector<tls::TrustRole> &roles, const Context &context) {
    const auto held = lock(context);
    if (!held)
        return held.error();
    auto plans = plan(roles, context);
    if (!plans)
        return std::move(plans).error();
    TrustChange outcome;
    for (Plan &each : *plans) {
        if (each.source.kind == TrustSource::Kind::configured)
            return Error{Stage::config, "trust-elsewhere", "the settings name another file"}
                .with("file", each.change.file.string())
                .with("named in", each.source.configuration.string())
                .advise("take x509.truststore= out of [authenticate." +
                        std::string(to_string(each.source.role)) + "] there");
        each.change.changed = std::exchange(each.change.certificates, {});
    }
    for (Plan &each : *plans) {
        if (each.source.kind != TrustSource::Kind::kept)
            continue;
        if (auto removed = remove_file(each.change.file); !removed)
            return std::move(removed).error();
        outcome.notes.push_back(whom(each.source.role) + " are verified with the system's trust store again");
        outcome.files.push_back(std::move(each.change));
    }
    return outcome;
}

Status undo_trust(const TrustChange &change, const Context &context) {
    const auto held = lock(context);
    if (!held)
        return held.error();
    for (const TrustFileChange &each : change.files) {
        if (each.changed.empty())
            continue;
        const auto now = read_file(each.file);
        if (!now || *now != tls::render_trust(each.certificates))
            return Error{Stage::input, "trust-changed",
                         each.file.string() + " was changed meanwhile and is left as it is"};
        if (auto back = bring_back(each); !back)
            return back;
    }
    return {};
}

} // namespace rpctls::tlsctl
