// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/psks/psk_input.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"

#include <unistd.h>

#include <cerrno>

namespace rpctls::tlsctl {

namespace {

constexpr std::size_t longest_text = 4096;

/// Up to its end: standard input or a descriptor that was handed down.
Result<Secret> read_descriptor(int fd, const std::string &name) {
    Secret text(longest_text + 1);
    std::size_t got = 0;
    while (got < text.size()) {
        const ssize_t n = ::read(fd, text.bytes().data() + got, text.size() - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return system_error(Stage::input, "key-unreadable", "cannot read the key from " + name, errno);
        if (n == 0)
            break;
        got += static_cast<std::size_t>(n);
    }
    if (got > longest_text)
        return Error{Stage::input, "file-too-large", "what comes from " + name + " is too long for a key"}
            .with("limit", std::to_string(longest_text) + " octets");
    text.shrink(got);
    return text;
}

Result<Secret> read_text(const PskInput &input) {
    if (input.descriptor)
        return read_descriptor(*input.descriptor, "descriptor " + std::to_string(*input.descriptor));
    if (input.file == "-")
        return read_descriptor(STDIN_FILENO, "standard input");
    return read_secret_file(input.file, longest_text);
}

Result<std::string> host_nqn(const Context &context) {
    const auto file = context.below_root("/etc/nvme/hostnqn");
    const auto text = read_file(file, longest_text);
    if (!text && text.error().name == "file-missing")
        return usage_error("--hostnqn is missing, and so is " + file.string());
    if (!text)
        return text.error();
    return std::string(trimmed(*text));
}

} // namespace

void add_psk_format(Command command, std::optional<keys::PskFormat> &format, const std::string &summary) {
    const auto choose = [&format](const std::string &word) {
        format = keys::psk_format_named(word);
        if (!format)
            reject_choice("--format", word, "interchange, hex, base64");
    };
    command.add_choice("--format", choose, summary).type_name("FORMAT");
}

void add_psk_input(Command command, PskInput &input) {
    const Option file =
        command.add_option("--key-file", input.file, "The file that has the key; - for standard input")
            .type_name("FILE");
    command.add_option("--key-fd", input.descriptor, "An open descriptor to read the key from")
        .type_name("N")
        .between(0, 1 << 20)
        .excludes(file);
    add_psk_format(command, input.format, "interchange, hex or base64; told by its looks when not given");
}

Result<keys::WrittenPsk> read_psk_input(const PskInput &input) {
    const auto text = read_text(input);
    if (!text)
        return text.error();
    auto key = keys::parse_psk(as_text(text->bytes()), input.format);
    if (!key && !input.file.empty())
        return std::move(key).error().with("file", input.file);
    return key;
}

void add_nvme_options(Command command, NvmeOptions &options) {
    const Option nvme = command.add_flag("--nvme", options.nvme,
                                         "Derive identity and key for NVMe/TCP from the configured key");
    command.add_option("--subsysnqn", options.subsystem_nqn, "The subsystem's NVMe qualified name")
        .type_name("NQN")
        .needs(nvme);
    command.add_option("--hostnqn", options.host_nqn, "The host's, if not that of /etc/nvme/hostnqn")
        .type_name("NQN")
        .needs(nvme);
    command
        .add_option("--identity-version", options.identity_version,
                    "0: NVMe0R.. (the default), 1: NVMe1R.. with a digest of the key")
        .type_name("N")
        .between(0, 1)
        .needs(nvme);
    command.add_flag("--compat", options.compat, "Derive it as nvme-cli before 2.16 does").needs(nvme);
}

Result<tls::PresharedKey> derive(const keys::WrittenPsk &configured, const NvmeOptions &options,
                                 const Context &context) {
    if (options.subsystem_nqn.empty())
        return usage_error("--nvme needs --subsysnqn");
    if (configured.derived)
        return Error{Stage::input, "psk-derived", "this key is derived already (NVMeTLSkey-0)"}.advise(
            "give the identity that stands before it in nvme-cli's key file as IDENTITY, without --nvme");
    tls::NvmePsk what{options.host_nqn, options.subsystem_nqn, options.identity_version, configured.transform,
                      options.compat};
    if (what.host_nqn.empty()) {
        auto found = host_nqn(context);
        if (!found)
            return std::move(found).error();
        what.host_nqn = std::move(*found);
    }
    return tls::derive_nvme_psk(configured.secret, what);
}

} // namespace rpctls::tlsctl
