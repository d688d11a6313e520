// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/text.hpp"
#include "tlsctl/identities/identity_input.hpp"

#include <array>
#include <memory>
#include <utility>

namespace rpctls::tlsctl {

namespace {

struct Options {
    IdentityInput input;
    std::filesystem::path from;
};

/// Where those who renew certificates put the chain and the key.
constexpr std::array<std::pair<const char *, const char *>, 4> usual_names{{
    {"fullchain.pem", "privkey.pem"}, // certbot, acme.sh
    {"tls.crt", "tls.key"},           // cert-manager's and Kubernetes' secrets
    {"svid.0.pem", "svid.0.key"},     // spire-agent api fetch -write
    {"cert.pem", "key.pem"},          // Vault agent's and step's templates, this store
}};

/// The first pair of names of which a directory has both.
Status find_files(Options &options) {
    if (options.from.empty())
        return {};
    std::string looked_for;
    std::error_code ignored;
    for (const auto &[certificate, key] : usual_names) {
        if (std::filesystem::exists(options.from / certificate, ignored) &&
            std::filesystem::exists(options.from / key, ignored)) {
            options.input.certificate = options.from / certificate;
            options.input.key = options.from / key;
            return {};
        }
        looked_for += (looked_for.empty() ? "" : ", ") + std::string(certificate) + " with " + key;
    }
    return Error{Stage::input, "file-missing", "no certificate with its key is in " + options.from.string()}
        .with("looked for", looked_for)
        .advise("name them with --cert and --key");
}

/// As it was, for an update whose second half fails; what was damaged stays as it is now.
void put_back(const keys::IdentityStore &store, const Result<keys::StoredIdentity> &old,
              const keys::IdentityStore::Hold &held) {
    if (old)
        (void)store.update(*old, held);
}

Result<Report> update(Options options, const Context &context) {
    if (options.from.empty() == options.input.certificate.empty() ||
        options.input.certificate.empty() != options.input.key.empty())
        return usage_error("give either --from, or --cert and --key", "tlsctl identity update --help");
    const std::string &name = options.input.name;
    const keys::IdentityStore store(context.root);
    if (auto known = store.check_known(name); !known)
        return std::move(known).error();
    if (auto found = find_files(options); !found)
        return std::move(found).error();
    auto pair = read_identity_files(options.input);
    if (!pair)
        return std::move(pair).error();
    auto keyring = nfs_keyring(context);
    if (!keyring)
        return std::move(keyring).error();

    const auto held = store.hold();
    if (!held)
        return held.error();
    const auto old = store.load(name);
    IdentityView identity{name, pair->chain};
    const bool in_token = is_in_token(*pair, identity);
    // The store first: whoever finds the new pair on the keyring must find it there, too.
    if (auto stored = store.update({name, tls::to_pem(pair->chain), std::move(pair->private_key_pem)}, *held);
        !stored)
        return std::move(stored).error();
    if (*keyring && !in_token) {
        auto published = publish(**keyring, name, *pair);
        if (!published) {
            put_back(store, old, *held);
            return std::move(published).error();
        }
        identity.serials = published->serials;
    } else if (*keyring) {
        // The old key is not to be proved any more.
        if (auto withdrawn = keys::withdraw_identity(**keyring, name); !withdrawn)
            return std::move(withdrawn).error();
    }
    return stored_identity_report(identity, store.directory() / name);
}

} // namespace

void add_identity_update(Command parent, Context &context) {
    const Command command = add_command(
        parent, "update", "Put a renewed certificate and key in an identity's place",
        "  tlsctl identity update lab --cert client1.pem --key client1.key\n"
        "  tlsctl identity update lab --from \"$RENEWED_LINEAGE\"       (as certbot's deploy hook)\n");
    const auto options = std::make_shared<Options>();
    command.add_option("NAME", options->input.name, "One that tlsctl identity list shows")
        .type_name(" ")
        .required();
    command
        .add_option("--cert", options->input.certificate,
                    "The certificate, or its chain with it first (PEM or DER); or a PKCS #11 URL")
        .type_name("FILE|URL");
    command
        .add_option("--key", options->input.key,
                    "Its private key (PEM or DER, not encrypted), or the PKCS #11 URL of one in a token")
        .type_name("FILE|URL");
    command
        .add_option("--from", options->from,
                    "Where certbot, step, cert-manager, Vault or SPIRE put both under their usual names")
        .type_name("DIR");
    command.add_flag("--force", options->input.force, "Take a certificate that has expired");
    command.callback([options, &context] {
        context.selected = [options, &context] { return update(*options, context); };
    });
}

} // namespace rpctls::tlsctl
