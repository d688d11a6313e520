// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/agent.hpp"
#include "agent/check.hpp"
#include "agent/command_line.hpp"
#include "agent/kernel_requests.hpp"
#include "agent/listener_store.hpp"

#include "rpc/keys/session_keyring.hpp"
#include "rpc/tls/ktls.hpp"
#include "rpc/tls/library_log.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <thread>

using namespace rpctls;
using namespace rpctls::agent;

namespace {

constexpr int exit_failure = 1;
/// Among them up to two more for each handshake of a program, see Service.
constexpr rlim_t descriptors_besides_handshakes = 128 + 512;

/// GnuTLS keeps keys and traffic secrets on the heap, so all pages that are ever touched are locked, and none that is
/// merely mapped (MCL_ONFAULT): stacks and arenas do not grow the process. Only where there is no limit, since otherwise
/// allocations would fail once it is reached; there, what Secret holds is locked all the same.
void lock_memory() {
    rlimit limit{};
    const bool unlimited = ::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
    if (unlimited)
        (void)::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

/// Private keys live in this process: none of its memory may reach a file or a debugger of its user.
void guard_memory() {
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    lock_memory();
}

/// An ACCEPT that finds no free descriptor costs the kernel its request, so there must always be one: as many
/// handshakes at once as the limit on open files allows.
std::size_t most_in_flight(std::size_t wanted) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return wanted;
    const rlim_t needed = wanted + descriptors_besides_handshakes;
    if (limit.rlim_cur < needed) {
        limit.rlim_cur = std::min(needed, limit.rlim_max);
        ::setrlimit(RLIMIT_NOFILE, &limit);
        ::getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= needed)
        return wanted;
    return std::max<std::size_t>(limit.rlim_cur / 2, 1);
}

int fail(const Error &error) {
    std::fputs(message("rpctlsd", error).c_str(), stderr);
    return exit_failure;
}

int serve(const CommandLine &line, std::shared_ptr<const Snapshot> snapshot) {
    const tls::Settings &settings = snapshot->settings();
    const Log log =
        Log::choose(line.standard_error, settings.debug_level > 0 || settings.tls_debug_level > 0);
    tls::set_library_log([&log](const std::string &message) { log.write(Priority::debug, message); });
    tls::set_library_log_level(settings.tls_debug_level);
    const auto give_up = [&](const Error &error) {
        log.write(Priority::error, "", error);
        return exit_failure;
    };
    AgentOptions options;
    options.config = line.config;
    options.metrics = line.metrics;
    options.runtime_directory = line.runtime_directory;
    options.threads =
        line.threads > 0 ? line.threads : std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
    options.most_in_flight = most_in_flight(options.most_in_flight);

    // Before any thread: they inherit it.
    if (auto keyring = keys::join_private_session_keyring())
        options.proof = *keyring;
    else
        log.write(Priority::notice, "identities cannot be read from keyrings: ", keyring.error());

    Fd listener = kept_listener();
    options.listener_was_kept = listener.is_open();
    auto service = kernel::HandshakeService::open(std::move(listener));
    if (!service)
        return give_up(service.error());
    for (const std::string &warning : snapshot->settings().warnings)
        log.write(Priority::warning, warning);
    for (const Error &fault : snapshot->faults())
        log.write(Priority::warning, "handshakes that need this will fail: ", fault);

    Agent agent(std::move(options), log, std::make_unique<KernelRequests>(std::move(*service)),
                std::move(snapshot), tls::prime_ktls);
    if (auto started = agent.start(); !started)
        return give_up(started.error());
    log.write(Priority::notice,
              std::string("rpctlsd ") + PACKAGE_VERSION + " serves the kernel's handshake requests");
    agent.run();
    const auto totals = agent.records().totals();
    log.write(Priority::notice, "ended after " + std::to_string(totals.handshakes) + " handshakes and " +
                                    std::to_string(totals.failures) + " failures");
    tls::set_library_log({});
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    guard_memory();
    ::umask(077);
    std::signal(SIGPIPE, SIG_IGN);
    const auto parsed = parse_command_line(argc, argv);
    if (const int *status = std::get_if<int>(&parsed))
        return *status;
    const auto &line = std::get<CommandLine>(parsed);

    auto snapshot = Snapshot::load(line.config);
    if (!snapshot)
        return fail(snapshot.error());
    if (line.check) {
        const CheckReport report = describe(**snapshot);
        std::fputs(report.text.c_str(), stdout);
        return report.good ? 0 : exit_failure;
    }
    return serve(line, std::move(*snapshot));
}
