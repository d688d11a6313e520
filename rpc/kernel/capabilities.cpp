// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/kernel/capabilities.hpp"

#include "rpc/base/fd.hpp"

#include <cerrno>

#include <linux/mount.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace rpctls::kernel {

namespace {

/// A file system context that is never made a mount. Called by number: the wrappers are newer than the calls.
Fd open_context(const char *file_system) {
    return Fd(static_cast<int>(::syscall(SYS_fsopen, file_system, FSOPEN_CLOEXEC)));
}

/// Whether the context knows a parameter: EINVAL is its word for "no such parameter", while a known one with a value
/// that cannot be used fails otherwise (a key serial that does not exist: ENOKEY).
Answer takes(const Fd &context, const char *parameter, const char *value) {
    if (::syscall(SYS_fsconfig, context.get(), FSCONFIG_SET_STRING, parameter, value, 0) == 0)
        return Answer::yes;
    return errno == EINVAL ? Answer::no : Answer::yes;
}

/// The serial of the process keyring, made for the asking: a key that certainly exists, so that the kernel has no
/// reason to log an unknown one.
long any_key() {
    constexpr int get_keyring_id = 0;
    constexpr int process_keyring = -2;
    return ::syscall(SYS_keyctl, get_keyring_id, process_keyring, 1);
}

void ask_nfs(Capabilities &found) {
    const auto context = open_context("nfs");
    if (!context.is_open()) {
        // ENODEV: no such file system, and no module that brings it.
        found.nfs = found.xprtsec = found.key_serials = errno == ENODEV ? Answer::no : Answer::unknown;
        return;
    }
    found.nfs = Answer::yes;
    found.xprtsec = takes(context, "xprtsec", "tls");
    const auto key = any_key();
    if (key > 0)
        found.key_serials = takes(context, "cert_serial", std::to_string(key).c_str());
}

/// On a socket that is not connected, a kernel with kTLS says ENOTCONN and one without ENOENT; asking loads the module.
Answer ask_ktls() {
    const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open())
        return Answer::unknown;
    constexpr char name[] = "tls";
    if (::setsockopt(socket.get(), IPPROTO_TCP, TCP_ULP, name, sizeof(name)) == 0 || errno == ENOTCONN)
        return Answer::yes;
    return errno == ENOENT || errno == ENOPROTOOPT ? Answer::no : Answer::unknown;
}

} // namespace

Capabilities probe_capabilities() {
    Capabilities found;
    struct utsname name {};
    if (::uname(&name) == 0)
        found.release = name.release;
    found.ktls = ask_ktls();
    ask_nfs(found);
    return found;
}

} // namespace rpctls::kernel
