// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/command_line.hpp"

#include <CLI/CLI.hpp>

namespace rpctls::agent {

std::variant<CommandLine, int> parse_command_line(int argc, char **argv) {
    CommandLine line;
    std::string config, metrics, runtime_directory;
    CLI::App app("Performs the TLS handshakes that the kernel asks for (RPC-with-TLS, RFC 9289)", "rpctlsd");
    app.set_version_flag("-v,--version", std::string("rpctlsd ") + PACKAGE_VERSION);
    app.add_option("-c,--config", config,
                   "settings [/etc/rpctls/rpctls.conf, else /etc/tlshd/config or /etc/tlshd.conf]")
        ->type_name("FILE");
    app.add_flag("--foreground,-s,--stderr", line.standard_error,
                 "log to standard error, not to the journal");
    app.add_flag("--check", line.check, "load settings and credentials, say what would be used, and exit");
    app.add_option("--runtime-directory", runtime_directory, "of the control socket [/run/rpctls]")
        ->type_name("DIR");
    app.add_option("--threads", line.threads, "worker threads [one for each processor, at most 4]")
        ->check(CLI::Range(1, 64));
    app.add_option("--metrics-file", metrics, "write metrics there in Prometheus' text format")
        ->type_name("FILE");
    app.footer("rpctlsd never puts itself into the background; see rpctlsd(8).");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (!config.empty())
        line.config = config;
    if (!metrics.empty())
        line.metrics = metrics;
    if (!runtime_directory.empty())
        line.runtime_directory = runtime_directory;
    return line;
}

} // namespace rpctls::agent
