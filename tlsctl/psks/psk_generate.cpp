// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/staged_file.hpp"
#include "rpc/base/text.hpp"
#include "tlsctl/psks/psk_input.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::size_t octets = 32;
    std::optional<keys::PskFormat> format;
    std::filesystem::path out;
    bool force = false;
};

/// From the kernel, which waits until it has gathered enough: only ever early in a boot.
Result<Secret> random_key(std::size_t octets) {
    Secret key(octets);
    std::size_t got = 0;
    while (got < octets) {
        const ssize_t n = ::getrandom(key.bytes().data() + got, octets - got, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return system_error(Stage::kernel, "random-failed", "the kernel gives no random octets", errno);
        got += static_cast<std::size_t>(n);
    }
    return key;
}

Status write_key(const Secret &text, const Options &options) {
    Secret line(text.size() + 1);
    std::ranges::copy(text.bytes(), line.bytes().begin());
    line.bytes().back() = std::byte{'\n'};
    auto staged = StagedFile::write(options.out, line.bytes(), 0600);
    if (!staged)
        return std::move(staged).error();
    auto committed =
        staged->commit(options.force ? StagedFile::Existing::replace : StagedFile::Existing::refuse);
    if (!committed && committed.error().name == "file-exists")
        return std::move(committed).error().advise(
            "--force replaces it, and the key that is in it is gone then");
    if (!committed)
        return committed;
    staged->settle();
    return {};
}

Result<Report> generate(const Options &options) {
    const auto key = random_key(options.octets);
    if (!key)
        return key.error();
    const auto format = options.format.value_or(keys::PskFormat::interchange);
    const Secret text = keys::format_psk(*key, format, keys::transform_for(key->size()));
    Report report;
    report.json = {{"hash", options.octets == 48 ? "SHA-384" : "SHA-256"},
                   {"octets", options.octets},
                   {"format", keys::to_string(format)}};
    if (options.out.empty()) {
        report.text = std::string(as_text(text.bytes())) + "\n";
        report.json["key"] = as_text(text.bytes());
        return report;
    }
    if (auto written = write_key(text, options); !written)
        return std::move(written).error();
    report.text = "A pre-shared key is in " + options.out.string() + "\n";
    report.json["file"] = options.out.string();
    return report;
}

} // namespace

void add_psk_generate(Command parent, Context &context) {
    const Command command = add_command(parent, "generate", "A new pre-shared key",
                                        "  tlsctl psk generate --out disk.key\n"
                                        "  tlsctl psk generate --hash sha384 --format hex\n");
    const auto options = std::make_shared<Options>();
    const auto choose = [options](const std::string &word) {
        if (word != "sha256" && word != "sha384")
            reject_choice("--hash", word, "sha256, sha384");
        options->octets = word == "sha384" ? 48 : 32;
    };
    command
        .add_choice("--hash", choose, "What it is bound to: sha256 (32 octets, the default) or sha384 (48)")
        .type_name("HASH");
    add_psk_format(command, options->format, "interchange (of NVMe/TCP, the default), hex or base64");
    command
        .add_option("--out", options->out,
                    "Write it to this file, for its owner alone, instead of standard output")
        .type_name("FILE");
    command.add_flag("--force", options->force, "Replace the file");
    command.callback([options, &context] { context.selected = [options] { return generate(*options); }; });
}

} // namespace rpctls::tlsctl
