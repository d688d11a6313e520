// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/exports/export_protection_option.hpp"

#include "tlsctl/cli/command.hpp"

namespace rpctls::tlsctl {

std::optional<kernel::ExportProtection> protection_asked(std::string_view words) {
    if (words == "none")
        return kernel::ExportProtection{true, true, true};
    if (words == "tls")
        return kernel::ExportProtection{false, true, true};
    return kernel::parse_export_protection(words);
}

void add_protection(Command command, kernel::ExportProtection &protection) {
    command
        .add_choice(
            "--xprtsec",
            [&protection](const std::string &words) {
                const auto asked = protection_asked(words);
                if (!asked)
                    reject_choice("--xprtsec", words, "none, tls, mtls, and lists of them with colons");
                protection = *asked;
            },
            "The least that clients must do: prove a certificate (mtls, the default), use TLS (tls), nothing "
            "(none); or a list")
        .type_name("none|tls|mtls[:...]");
}

} // namespace rpctls::tlsctl
