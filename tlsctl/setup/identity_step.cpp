// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/setup/identity_step.hpp"

#include "tlsctl/identities/identity_view.hpp"

namespace rpctls::tlsctl {

namespace {

class IdentityStep {
public:
    IdentityStep(std::shared_ptr<const Bundle> bundle, std::string name, const Context &context)
        : bundle_(std::move(bundle)), name_(std::move(name)), context_(context), store_(context.root) {}

    Result<Standing> look() {
        auto keyring = nfs_keyring(context_);
        if (!keyring)
            return std::move(keyring).error();
        keyring_ = *keyring;
        auto published = published_chain();
        if (!published)
            return std::move(published).error();
        const auto stored = load_pair(store_, name_);
        if (!stored && stored.error().name != "identity-unknown")
            return stored.error();
        if (!stored)
            return *published ? Result<Standing>(taken("the keyring")) : Standing{};
        exists_ = true;
        const tls::CertificateInfo &old = stored->chain.front();
        const tls::CertificateInfo &ours = bundle_->pair.chain.front();
        renews_ = old.fingerprint != ours.fingerprint;
        if (renews_ && (old.subject != ours.subject || old.issuer != ours.issuer))
            return taken(old.subject + " of " + old.issuer);
        const bool newer = renews_ && old.not_after >= ours.not_after;
        renews_ = renews_ && !newer;
        const bool in_place = !keyring_ || (*published && (*published)->equals(stored->chain_der()));
        if (!renews_ && in_place)
            return Standing{Standing::Kind::so, newer ? "with a later certificate" : ""};
        return Standing{Standing::Kind::wanted, renews_ ? "renewed" : "put on the keyring"};
    }

    Status perform() {
        const auto held = store_.hold();
        if (!held)
            return held.error();
        if (renews_) {
            auto old = store_.load(name_);
            if (!old)
                return std::move(old).error();
            old_.emplace(std::move(*old));
        }
        const tls::KeyPair &pair = bundle_->pair;
        const keys::StoredIdentity identity{name_, tls::to_pem(pair.chain), pair.private_key_pem.duplicate()};
        if (!exists_ || renews_) {
            auto stored = renews_ ? store_.update(identity, *held) : store_.add(identity, *held);
            if (!stored)
                return stored;
        }
        return publish_stored();
    }

    Status undo() {
        Status restored;
        if (old_) {
            restored = store_.update(*old_);
            if (restored && published_)
                restored = publish_stored();
        } else if (published_) {
            restored = keys::withdraw_identity(*keyring_, name_);
        }
        return restored; // a new one's files go with the footprint
    }

private:
    Error taken(const std::string &by) const {
        return Error{Stage::keyring, "identity-exists", "there is another identity " + name_ + " already"}
            .with("it is", by)
            .advise("give this one a name of its own with --identity NAME, or remove that one first");
    }

    /// What the keyring has of that name: the DER of the chain.
    Result<std::optional<Secret>> published_chain() const {
        if (!keyring_)
            return std::optional<Secret>();
        auto present = keys::find_identity(*keyring_, name_);
        if (!present)
            return std::move(present).error();
        if (!*present)
            return std::optional<Secret>();
        auto chain = keys::read_key((*present)->certificate);
        // One that has expired is there, and not what it should be.
        return chain ? std::optional(std::move(*chain)) : std::optional(Secret());
    }

    Status publish_stored() {
        if (!keyring_)
            return {};
        const auto pair = load_pair(store_, name_);
        if (!pair)
            return pair.error();
        auto done = publish(*keyring_, name_, *pair);
        published_ = published_ || done.has_value();
        return done ? Status() : Status(std::move(done).error());
    }

    std::shared_ptr<const Bundle> bundle_;
    std::string name_;
    const Context &context_;
    keys::IdentityStore store_;
    std::optional<keys::Serial> keyring_;
    bool exists_ = false;
    bool renews_ = false;
    bool published_ = false;
    std::optional<keys::StoredIdentity> old_;
};

} // namespace

Step identity_step(std::shared_ptr<const Bundle> bundle, const std::string &name, const Context &context) {
    const auto directory = keys::IdentityStore(context.root).directory();
    const std::string subject = bundle->pair.chain.front().subject;
    const auto step = std::make_shared<IdentityStep>(std::move(bundle), name, context);
    return {.name = "identity",
            .title = "add the identity " + name + ", " + subject,
            .files = {directory / name, directory / ".lock"},
            .look = [step] { return step->look(); },
            .perform = [step] { return step->perform(); },
            .undo = [step] { return step->undo(); }};
}

} // namespace rpctls::tlsctl
