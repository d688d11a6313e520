// SPDX-License-Identifier: LGPL-2.1-or-later
// The order of things: everything that can be known without the network first (agent, kernel, identity), then one
// preflight connection, then what changes this machine (the identity's keys or the agent's register), then the mount.
#include "mount-helper/protected_mount.hpp"

#include "mount-helper/after_check.hpp"
#include "mount-helper/examination.hpp"
#include "mount-helper/explain.hpp"
#include "mount-helper/failure_cause.hpp"
#include "mount-helper/ground.hpp"
#include "mount-helper/nfs_utils.hpp"
#include "mount-helper/policy.hpp"
#include "mount-helper/preflight_memory.hpp"
#include "mount-helper/sharing.hpp"
#include "mount-helper/tls_part.hpp"
#include "mount-helper/version_choice.hpp"
#include "rpc/base/text.hpp"
#include "rpc/client/agent_socket.hpp"
#include "rpc/client/known_servers.hpp"
#include "rpc/client/preflight.hpp"
#include "rpc/client/resolve.hpp"
#include "rpc/kernel/kernel_log.hpp"
#include "rpc/kernel/mount_ids.hpp"
#include "rpc/keys/identity_mounts.hpp"

#include <sys/stat.h>
#include <syslog.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <system_error>

namespace rpctls::mount_helper {

namespace {

/// For what another mount does on behalf of all: its preflight, and its mount if it is the first. On a machine that is busy
/// with hundreds of mounts this takes a while, and to go on all at once would make it busier still.
constexpr std::chrono::seconds patience_with_another{30};

class Run {
public:
    Run(const Invocation &invocation, const ProtectedMount &mount) : invocation_(invocation), mount_(mount) {}

    int go() {
        auto status = prepare();
        if (status && mount_.automatic)
            status = settle_protection();
        if (!status) {
            report_.failure = status.error();
            pass_on();
            return fail(status.error());
        }
        if (report_.failure) {
            pass_on();
            const auto failure = in_terms_of_mount(*report_.failure, mount_);
            if (!mount_.background || !may_pass(failure))
                return fail(failure);
            // With bg, a server that cannot be reached yet is nfs-utils' to retry. The kernel holds it to xprtsec=
            // whenever it comes.
            invocation_.report.warning("the server cannot be reached yet, and bg is given: " +
                                       summary(failure));
        }
        if (!invocation_.arguments.fake)
            status = recalled_ ? check_sharing_still() : settle_identity();
        if (!status)
            report_.failure = status.error();
        pass_on();
        if (!status)
            return fail(status.error());
        ground_.reset(); // the agent is kept from others by nobody who waits for a mount
        // mount.nfs4 means version 4 by its name.
        if (report_.null_call_answered && mount_.version == 4 && invocation_.name == "mount.nfs" &&
            !names_version(options_) && !installed_configuration_names_version())
            options_.set("vers", "4");
        const auto words = nfs_utils_words(invocation_.arguments, options_);
        if (report_.failure)
            return fail(exec_nfs_utils(invocation_.nfs_utils, invocation_.name, words));
        if (!invocation_.arguments.fake)
            go_alone_if_first();
        return perform(words);
    }

private:
    /// Until and with the preflight, whose failure is in report_.
    Status prepare() {
        std::error_code failure;
        directory_ = std::filesystem::canonical(invocation_.arguments.directory, failure);
        if (failure)
            return system_error(Stage::mount, "mount-point-unusable",
                                "cannot mount on " + invocation_.arguments.directory, failure.value())
                .advise("make the directory first");
        if (auto status = consult_policy(); !status)
            return status;
        if (recall())
            return {};
        auto ground = examine_ground();
        if (!ground)
            return std::move(ground).error();
        ground_.emplace(std::move(*ground));
        if (auto status = check_pins(policy_, ground_->surroundings); !status)
            return status;
        auto use = identity_to_offer(mount_, ground_->surroundings);
        if (!use)
            return std::move(use).error();
        use_ = std::move(*use);
        auto report = examine_server(mount_, use_, ground_->surroundings.settings);
        if (!report)
            return std::move(report).error();
        report_ = std::move(*report);
        if (report_.session)
            certificate_requested_ = report_.session->certificate_requested;
        if (report_.failure && is_only_slow(*report_.failure)) {
            invocation_.report.warning(summary(*report_.failure) + "; mounting goes on");
            report_.failure.reset();
        }
        if (invocation_.arguments.verbose && mount_.preflight != Depth::off)
            tell_stages();
        return {};
    }

    /// Whether another mount has just examined the server for the same. A choice (xprtsec=auto) is made of nothing but
    /// what is seen now; and who wants to see it (-v) sees it.
    bool recall() {
        // Who goes on in the background after a failure has to see to the identity first, as if there were none.
        const auto stands = [this](const std::optional<Remembered> &found) {
            return found && !(found->failure && mount_.background);
        };
        const bool looks = may_be_shared() && !invocation_.arguments.verbose;
        const auto until = Deadline::after(looks ? patience_with_another : preflight_time);
        auto found = looks ? PreflightTurn::seen(mount_.source.host, subject(), until.left()) : std::nullopt;
        if (!stands(found)) {
            take_turn(until.left());
            // Another one may have had it in between.
            found = looks && turn_ ? turn_->found(subject()) : std::nullopt;
        }
        if (!stands(found))
            return false;
        turn_.reset();
        report_.addresses = found->addresses;
        report_.address = found->address;
        report_.null_call_answered = found->null_call_answered;
        report_.failure = found->failure;
        certificate_requested_ = found->certificate_requested;
        identity_ = found->identity;
        told_ = found->told;
        if (found->serials)
            name_keys(*found->serials);
        recalled_ = true;
        return true;
    }

    /// Nor may that of a dry run, which sees to no identity.
    bool may_be_shared() const {
        return !mount_.automatic && mount_.preflight != Depth::off && !invocation_.arguments.fake;
    }

    /// What a preflight is about, beside its server; and by which agent it holds.
    std::string subject() const {
        struct stat agent {};
        const bool ours = ::stat(client::agent_socket().c_str(), &agent) == 0;
        return join(
            {std::to_string(mount_.port), std::to_string(mount_.family.value_or(0)),
             std::to_string(mount_.version), mount_.preflight == Depth::probe ? "probe" : "full",
             std::string(to_string(mount_.protection)), mount_.identity.value_or("="),
             policy_.pinned ? "pinned" : "=", ours ? std::to_string(agent.st_ino) : "=",
             ours ? std::to_string(agent.st_ctim.tv_sec) + "." + std::to_string(agent.st_ctim.tv_nsec) : "="},
            " ");
    }

    /// For the mounts that wait to have the same examined, and those that come in a moment.
    void pass_on() {
        if (recalled_)
            return;
        if (!turn_) {
            if (told_)
                forget_preflights(mount_.source.host);
            return;
        }
        std::optional<Remembered> remembered;
        if (may_be_shared())
            remembered = Remembered{.about = subject(),
                                    .addresses = report_.addresses,
                                    .address = report_.address,
                                    .null_call_answered = report_.null_call_answered,
                                    .certificate_requested = certificate_requested_,
                                    .identity = identity_,
                                    .serials = serials_,
                                    .told = told_,
                                    .failure = report_.failure};
        turn_->note(std::move(remembered), told_);
        if (report_.failure)
            turn_.reset();
    }

    void take_turn(std::chrono::milliseconds patience) {
        if (auto turn = PreflightTurn::take(mount_.source.host, patience))
            turn_.emplace(std::move(*turn));
    }

    /// Of the mounts that begin at once each makes a connection of its own until the kernel has one with the server, and few
    /// handshakes may wait for the agent: some would fail. So the others wait for the first.
    void go_alone_if_first() {
        const auto is_first = [this] {
            const auto servers = kernel::read_nfs_servers();
            return !servers || !is_known(*servers, mount_, report_.addresses);
        };
        if (!turn_ && is_first())
            take_turn(patience_with_another);
        if (turn_ && !is_first())
            turn_.reset();
    }

    /// What was remembered of the server came to nothing: the next mount is to see for itself.
    void forget_recalled() const {
        if (recalled_)
            forget_preflights(mount_.source.host);
    }

    void name_keys(const keys::IdentitySerials &serials) {
        serials_ = serials;
        options_.set("cert_serial", std::to_string(serials.certificate));
        options_.set("privkey_serial", std::to_string(serials.private_key));
    }

    Status consult_policy() {
        auto policy = load_policy(mount_.source.host);
        if (!policy)
            return std::move(policy).error();
        policy_ = std::move(*policy);
        policy_.minimum = std::max(policy_.minimum, mount_.least);
        if (!mount_.identity && (mount_.automatic || mount_.protection == Protection::mtls))
            mount_.identity = policy_.identity;
        if (!mount_.automatic)
            return check_minimum(mount_.protection, policy_, mount_.source.host);
        auto known = known_servers_.find(mount_.source.host);
        if (!known)
            return std::move(known).error(); // what decides must be whole
        known_ = std::move(*known);
        return {};
    }

    /// What xprtsec=auto comes to, after the preflight. Its failure stays one unless it is the server's plain no.
    Status settle_protection() {
        const auto &server = mount_.source.host;
        const bool refused = report_.failure && (report_.failure->name == "tls-not-offered" ||
                                                 report_.failure->name == "tls-refused");
        if (report_.failure && !refused) {
            if (!mount_.background || !may_pass(*report_.failure))
                return *report_.failure;
            // With bg nfs-utils goes on trying, and must be told what to hold the server to. Where nothing says so, there
            // is no going on: it would mount without protection, unasked.
            const bool proves = !std::holds_alternative<NoIdentity>(use_);
            const auto shown = !known_                              ? Protection::none
                               : known_->asks_certificate && proves ? Protection::mtls
                                                                    : Protection::tls;
            const auto wanted = std::max(policy_.minimum, shown);
            if (wanted == Protection::none)
                return *report_.failure;
            return settle_on(wanted);
        }
        Seen seen;
        seen.tls_offered = !refused;
        if (report_.session && !refused) {
            seen.certificate_asked = report_.session->certificate_requested;
            seen.certificate_sent = report_.session->certificate_sent;
        }
        const auto chosen = choose_protection(seen, policy_, known_, server);
        if (!chosen)
            return chosen.error();
        if (*chosen == Protection::none) {
            report_.failure.reset();
            const std::string words =
                "mounting " + to_string(mount_.source) +
                " without protection: the server offers no TLS, and xprtsec=auto allows it";
            invocation_.report.warning(words);
            ::syslog(LOG_DAEMON | LOG_WARNING, "%s: %s", invocation_.report.program().c_str(),
                     printable(words).c_str());
        }
        return settle_on(*chosen);
    }

    Status settle_on(Protection protection) {
        mount_.protection = protection;
        options_.set("xprtsec", to_string(protection));
        if (protection != Protection::mtls)
            use_ = NoIdentity{};
        return {};
    }

    /// A mount with TLS stands: from now on less than this is a downgrade.
    void remember() const {
        if (mount_.protection == Protection::none)
            return;
        const auto status = known_servers_.remember(mount_.source.host, certificate_requested_);
        if (!status)
            invocation_.report.warning("cannot record that this server does TLS: " + summary(status.error()));
    }

    /// The kernel tells nobody which identity a mount proves.
    void note_identity(const kernel::Mount &made) const {
        if (mount_.protection != Protection::mtls)
            return;
        if (const auto noted = keys::IdentityMounts().note(made, identity_); !noted)
            invocation_.report.warning("cannot note which identity this mount proves: " +
                                       summary(noted.error()));
    }

    void tell_stages() const {
        PreflightSteps seen{mount_.source.host,
                            mount_.automatic ? "auto" : std::string(to_string(mount_.protection)),
                            {},
                            {}};
        for (const auto &stage : report_.stages)
            seen.steps.push_back({std::string(rpctls::to_string(stage.stage)),
                                  static_cast<double>(stage.duration.count()) / 1000});
        if (report_.session && !report_.failure) {
            const auto &session = *report_.session;
            seen.session = {report_.address, session.version, session.cipher,
                            session.peer_chain.empty() ? "unknown" : session.peer_chain.front().subject};
        }
        invocation_.report.preflight(seen);
    }

    /// Makes sure that the mount's handshakes prove what the preflight proved.
    Status settle_identity() {
        if (const auto *agent = std::get_if<ByAgent>(&use_))
            identity_ = agent->name;
        if (const auto *by = std::get_if<ByKeySerials>(&use_)) {
            identity_ = by->name;
            const auto tls = tls_part();
            if (!tls)
                return tls.error();
            const auto serials = (*tls)->serials_of(by->name);
            if (!serials)
                return serials.error();
            name_keys(*serials);
        }
        // What the agent remembers for a server is what an earlier mount asked for: a mount that leaves the choice to
        // the configuration must say so, too. A kernel that takes serials, or another agent, is told nothing.
        const bool proves =
            std::holds_alternative<ByAgent>(use_) || std::holds_alternative<ByConfiguration>(use_);
        if (!proves || !ground_->control || ground_->surroundings.kernel_takes_serials)
            return {};
        auto mounts = kernel::read_mounts(kernel::with_word("xprtsec=mtls"));
        if (!mounts)
            return std::move(mounts).error();
        const auto addresses = server_addresses();
        if (!addresses)
            return addresses.error();
        if (auto status = check_sharing(*mounts, mount_, *addresses); !status)
            return status;
        auto status = tell_agent(false);
        if (status || status.error().name != "identity-conflict")
            return status;
        if (const auto in_use = mounts_with_identity(*mounts, mount_.source.host); !in_use.empty())
            return other_identity_in_use(mount_.source.host, identity_name().value_or("the configuration's"),
                                         in_use);
        return tell_agent(true); // what it remembers is left over from a mount that is gone
    }

    /// As the preflight found them; without one they are looked up now.
    Result<std::vector<std::string>> server_addresses() const {
        if (!report_.addresses.empty())
            return report_.addresses;
        const auto found = client::resolve(mount_.source.host, mount_.port, Deadline::after(stage_time));
        if (!found)
            return found.error();
        std::vector<std::string> texts;
        for (const client::Address &address : *found)
            texts.push_back(address.text());
        return texts;
    }

    /// Absent where the configuration names two files.
    std::optional<std::string> identity_name() const {
        if (const auto *by = std::get_if<ByAgent>(&use_))
            return by->name;
        const auto &configured = std::get<ByConfiguration>(use_).identity;
        const auto *name = std::get_if<std::string>(&configured);
        return name != nullptr ? std::optional(*name) : std::nullopt;
    }

    /// What was told to the agent by another mount holds; what shares the server's connections may have changed since.
    Status check_sharing_still() const {
        if (!told_)
            return {};
        const auto servers = kernel::read_nfs_servers();
        if (servers && !known_by_another_name(*servers, mount_, report_.addresses))
            return {};
        const auto mounts = kernel::read_mounts(kernel::with_word("xprtsec=mtls"));
        return mounts ? check_sharing(*mounts, mount_, report_.addresses) : Status(mounts.error());
    }

    Status tell_agent(bool replace) {
        const auto &server = mount_.source.host;
        const auto name = identity_name();
        told_ = name.value_or("=");
        auto told = name ? ground_->control->use_identity(server, *name, replace)
                         : ground_->control->use_configuration(server, replace);
        return told ? told : Status(from_agent(std::move(told).error()));
    }

    int perform(const std::vector<std::string> &words) {
        const kernel::KernelLog log;
        const auto begun = std::chrono::steady_clock::now();
        auto finished = run_nfs_utils(invocation_.nfs_utils, invocation_.name, words);
        turn_.reset();
        if (!finished)
            return fail(finished.error());
        if (invocation_.arguments.verbose)
            invocation_.report.step(
                "mount",
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
        if (finished->status != exit_done) {
            std::string said;
            for (const auto &line : log.messages_about_mounts())
                said += "kernel: " + line + "\n";
            finished->errors.insert(0, said);
            return explain(*finished);
        }
        invocation_.report.output(finished->errors);
        // bg came back before there is a mount; fake never makes one.
        if (invocation_.arguments.fake)
            return exit_done;
        const auto found = mount_made();
        auto status = found ? check_transport(all_of(*found), mount_, directory_) : Status(found.error());
        const bool stands = found && *found;
        if (!status && stands)
            if (const auto mounts = kernel::read_mounts())
                status = check_transport(*mounts, mount_, directory_); // all others say why
        if (status) {
            remember();
            note_identity(**found);
            return exit_done;
        }
        if (mount_.background && (!stands || !(*found)->is_nfs()))
            return exit_done;
        forget_recalled();
        undo(invocation_, directory_);
        return fail(status.error());
    }

    /// What stands at the directory now.
    Result<std::optional<kernel::Mount>> mount_made() const {
        auto seen = kernel::mount_seen_at(directory_);
        if (!seen)
            return kernel::find_mount(directory_);
        seen->source = to_string(mount_.source);
        return seen;
    }

    static std::vector<kernel::Mount> all_of(const std::optional<kernel::Mount> &mount) {
        return mount ? std::vector{*mount} : std::vector<kernel::Mount>{};
    }

    /// nfs-utils' program failed behind a preflight that went well.
    int explain(const Finished &finished) {
        forget_recalled();
        const auto error =
            mount_.protection == Protection::none
                ? std::nullopt
                : find_cause(mount_, policy_, finished.errors, certificate_requested_, recalled_);
        if (!error) {
            invocation_.report.output(finished.errors);
            return finished.status;
        }
        invocation_.report.failure(*error, finished.errors);
        return exit_mount_failure;
    }

    int fail(const Error &error) const {
        invocation_.report.failure(error);
        return exit_mount_failure;
    }

    const Invocation &invocation_;
    ProtectedMount mount_; ///< its protection is decided on the way under xprtsec=auto
    MountPolicy policy_;
    client::KnownServers known_servers_;
    std::optional<client::KnownServer> known_;
    std::filesystem::path directory_;
    std::optional<Ground> ground_;
    IdentityUse use_;
    client::PreflightReport report_;
    bool certificate_requested_ = false;  ///< by the server, in the preflight
    std::optional<std::string> identity_; ///< the name of the one that is proved
    std::optional<keys::IdentitySerials> serials_;
    std::optional<std::string> told_;   ///< what the agent was told to prove to this server
    bool recalled_ = false;             ///< another mount has examined the server and told the agent
    std::optional<PreflightTurn> turn_; ///< ours to examine the server, and to be the first that mounts of it
    Options options_ = mount_.options;
};

} // namespace

int mount_protected(const Invocation &invocation, const ProtectedMount &mount) {
    return Run(invocation, mount).go();
}

} // namespace rpctls::mount_helper
