// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/plan.hpp"

#include "rpc/base/text.hpp"

#include <sys/socket.h>

namespace rpctls::mount_helper {

namespace {

constexpr std::uint16_t default_port = 2049;

Error refused(std::string name, std::string what, std::string given, std::string hint) {
    return Error{
        Stage::input, std::move(name), std::move(what), {{"given", printable(given)}}, std::move(hint)};
}

struct Asked {
    Protection protection = Protection::none;
    bool automatic = false;

    bool nothing() const { return protection == Protection::none && !automatic; }
};

Result<Asked> asked_protection(const std::string &type, const Options &options) {
    const auto asked = options.get("xprtsec");
    const bool identity = options.has("tls_identity");
    if (!asked && type == "nfstls")
        return Asked{identity ? Protection::mtls : Protection::tls};
    if (asked == "tls")
        return Asked{Protection::tls};
    if (asked == "mtls")
        return Asked{Protection::mtls};
    if (asked == "auto")
        return Asked{.automatic = true};
    if (asked == "none" && type == "nfstls")
        return refused("xprtsec-unknown", "the file system type nfstls is never mounted without TLS",
                       "xprtsec=none", "use xprtsec=tls or xprtsec=mtls, or the type nfs");
    if (!asked || asked == "none")
        return Asked{};
    return refused("xprtsec-unknown", "no such protection", "xprtsec=" + *asked,
                   "use xprtsec=none, xprtsec=tls, xprtsec=mtls or xprtsec=auto");
}

/// The transport that the other options ask for must be one that TLS can protect (RFC 9289 5.1).
Status check_transport(const Options &options, std::string_view asked) {
    for (const std::string_view word : {"udp", "rdma"}) {
        const auto proto = options.get("proto").value_or("");
        if (options.has(word) || proto == word || (word == "udp" && proto == "udp6") ||
            (word == "rdma" && proto == "rdma6"))
            return refused("transport-unprotectable", "xprtsec=" + std::string(asked) + " needs TCP",
                           "proto=" + std::string(word), "leave the option out, or use proto=tcp");
    }
    return {};
}

Result<Depth> asked_depth(const Options &options, const Asked &asked) {
    const auto text = options.get("preflight");
    if (!text || text == "full")
        return Depth::full;
    if (text != "off" && text != "probe")
        return refused("preflight-unknown", "no such preflight", "preflight=" + *text,
                       "use preflight=full, preflight=probe or preflight=off");
    if (asked.automatic)
        return refused("preflight-needed", "xprtsec=auto is decided by the whole preflight",
                       "preflight=" + *text, "leave preflight= out, or name the protection");
    return text == "off" ? Depth::off : Depth::probe;
}

Result<std::uint16_t> asked_port(const Options &options) {
    const auto text = options.get("port");
    if (!text)
        return default_port;
    const auto number = parse_number(*text, UINT16_MAX);
    if (!number)
        return refused("port-invalid", "no such port", "port=" + *text, "give a number from 1 to 65535");
    // nfs(5): 0 asks the server's rpcbind; where NFS is at another port than the usual one, it must be named here.
    return *number == 0 ? default_port : static_cast<std::uint16_t>(*number);
}

/// nfs(5): a netid names a transport and a family of addresses.
std::optional<int> asked_family(const Options &options) {
    const auto proto = options.get("proto").value_or("");
    return proto == "tcp6"                        ? std::optional(AF_INET6)
           : proto == "tcp" || options.has("tcp") ? std::optional(AF_INET)
                                                  : std::nullopt;
}

/// mount(8) adds to a remount's options what /proc says of the mount, where kernels hide the keys' serials.
void drop_hidden_serials(Options &options) {
    for (const auto *key : {"cert_serial", "privkey_serial"})
        if (options.get(key) == "<redacted>")
            options.remove(key);
}

std::uint32_t asked_version(const Options &options) {
    for (const auto *key : {"vers", "nfsvers"})
        if (options.get(key).value_or("").starts_with('3'))
            return 3;
    return options.has("v3") ? 3 : 4;
}

} // namespace

std::string file_system_type(std::string_view program, const Arguments &arguments) {
    if (arguments.type)
        return *arguments.type;
    if (program.ends_with("nfstls"))
        return "nfstls";
    return program.ends_with("nfs4") ? "nfs4" : "nfs";
}

Result<Plan> make_plan(std::string_view program, const Arguments &arguments) {
    const auto type = file_system_type(program, arguments);
    const auto asked = asked_protection(type, arguments.options);
    if (!asked)
        return asked.error();
    const auto identity = arguments.options.get("tls_identity");
    if (identity && identity->empty())
        return refused("identity-name-empty", "tls_identity= names no identity",
                       "tls_identity=", "name one of those that `tlsctl identity list` shows");
    auto options = arguments.options;
    options.remove("tls_identity");
    options.remove("preflight");

    // What is mounted keeps its transport; fstab's options come along all the same.
    if (options.has("remount")) {
        // xprtsec=none said aloud may be a change.
        if (asked->nothing() && !identity && !options.has("xprtsec"))
            return Plan(PassThrough{});
        drop_hidden_serials(options);
        std::optional<Protection> same;
        if (asked->automatic)
            options.remove("xprtsec"); // nfs-utils' program does not know the word
        else if (options.has("xprtsec"))
            same = asked->protection;
        return Plan(Remount{same, asked->automatic, std::move(options)});
    }
    if (identity && asked->protection != Protection::mtls && !asked->automatic)
        return refused("identity-without-mtls", "an identity is only proved under xprtsec=mtls",
                       "tls_identity=" + *identity + " with " +
                           (asked->nothing() ? "no protection, xprtsec=none" : "xprtsec=tls"),
                       "add xprtsec=mtls, or leave tls_identity= out");
    if (asked->nothing())
        return Plan(PassThrough{});

    if (arguments.name_space)
        return refused("namespace-unsupported", "NFS cannot be mounted in another mount namespace by -N",
                       "-N " + *arguments.name_space, "run mount inside it: nsenter --mount=FILE mount …");
    ProtectedMount mount;
    mount.protection = asked->protection;
    mount.automatic = asked->automatic;
    const auto depth = asked_depth(arguments.options, *asked);
    if (!depth)
        return depth.error();
    mount.preflight = *depth;
    mount.least = type == "nfstls" ? Protection::tls : Protection::none;
    mount.identity = identity;
    if (auto status = check_transport(options, mount.automatic ? "auto" : to_string(mount.protection));
        !status)
        return std::move(status).error();
    auto source = parse_source(arguments.source);
    if (!source)
        return std::move(source).error();
    mount.source = std::move(*source);
    auto port = asked_port(options);
    if (!port)
        return std::move(port).error();
    mount.port = *port;
    mount.family = asked_family(options);
    mount.version = asked_version(options);
    mount.background = options.has("bg");
    if (mount.automatic)
        options.remove("xprtsec");
    else
        options.set("xprtsec", to_string(mount.protection));
    mount.options = std::move(options);
    return Plan(std::move(mount));
}

} // namespace rpctls::mount_helper
