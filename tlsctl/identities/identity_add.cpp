// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "tlsctl/identities/identity_input.hpp"

#include <algorithm>
#include <memory>

namespace rpctls::tlsctl {

namespace {

/// A pair of that name that is on the keyring but not in the store is somebody's, and perhaps in use.
Status check_keyring_vacant(std::optional<keys::Serial> keyring, const std::string &name) {
    if (!keyring)
        return {};
    auto present = keys::find_identity(*keyring, name);
    if (!present)
        return std::move(present).error();
    if (!*present)
        return {};
    return Error{Stage::keyring, "identity-exists",
                 "the .nfs keyring has an identity named " + name + " already"}
        .with("cert_serial", std::to_string((*present)->certificate))
        .with("privkey_serial", std::to_string((*present)->private_key))
        .advise("choose another name, or take those two keys off the keyring first (keyctl unlink, or "
                "nfstlskey remove)");
}

Result<Report> add(const IdentityInput &options, const Context &context) {
    if (auto valid = keys::check_identity_name(options.name); !valid)
        return std::move(valid).error();
    auto pair = read_identity_files(options);
    if (!pair)
        return std::move(pair).error();
    IdentityView identity{options.name, pair->chain};
    const bool in_token = is_in_token(*pair, identity);
    const keys::IdentityStore store(context.root);
    auto keyring = nfs_keyring(context);
    if (!keyring)
        return std::move(keyring).error();
    const auto held = store.hold();
    if (!held)
        return held.error();
    auto known = store.list();
    if (!known)
        return std::move(known).error();
    // The store answers for a name that is in both.
    if (std::find(known->begin(), known->end(), options.name) == known->end())
        if (auto vacant = check_keyring_vacant(*keyring, options.name); !vacant)
            return std::move(vacant).error();

    if (auto stored =
            store.add({options.name, tls::to_pem(pair->chain), std::move(pair->private_key_pem)}, *held);
        !stored)
        return std::move(stored).error();
    if (*keyring && !in_token) {
        auto serials = publish(**keyring, options.name, *pair);
        if (!serials) {
            (void)store.remove(options.name,
                               *held); // both places or neither, so that the same command can be run again
            return std::move(serials).error();
        }
        identity.serials = serials->serials;
    }

    return stored_identity_report(identity, store.directory() / options.name);
}

} // namespace

void add_identity_add(Command parent, Context &context) {
    const Command command =
        add_command(parent, "add", "Give a certificate and its key a name that mounts can use",
                    "  tlsctl identity add lab --cert client1.pem --key client1.key\n"
                    "  mount -t nfs -o xprtsec=mtls,tls_identity=lab nfs1.example:/srv /mnt\n");
    const auto options = std::make_shared<IdentityInput>();
    command
        .add_option("NAME", options->name, "The name: 1 to 64 printable characters without blank : ; , and /")
        .type_name(" ")
        .required();
    command
        .add_option("--cert", options->certificate,
                    "The certificate, or its chain with it first (PEM or DER); or a PKCS #11 URL")
        .type_name("FILE|URL")
        .required();
    command
        .add_option("--key", options->key,
                    "Its private key (PEM or DER, not encrypted), or the PKCS #11 URL of one in a token")
        .type_name("FILE|URL")
        .required();
    command.add_flag("--force", options->force, "Take a certificate that has expired");
    command.callback(
        [options, &context] { context.selected = [options, &context] { return add(*options, context); }; });
}

} // namespace rpctls::tlsctl
