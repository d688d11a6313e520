// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/rpctls.h"
#include "tests/unit/temporary_directory.hpp"
#include "tests/unit/tls/test_pki.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string>

/// What programs that measure have in common: processes of their own, and a server's files.
namespace rpctls::bench {

[[noreturn]] inline void give_up(const std::string &what) {
    const auto *error = rpctls_last_error();
    throw std::runtime_error(what +
                             (error != nullptr ? std::string(": ") + rpctls_error_message(error) : ""));
}

/// A child that ends with this process.
class Child {
public:
    template <class Body>
    explicit Child(Body body) : pid_(::fork()) {
        if (pid_ != 0)
            return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        body();
        ::_exit(1);
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;
    ~Child() {
        if (pid_ <= 0)
            return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    pid_t pid() const { return pid_; }
    /// Its status as waitpid(2) gives it.
    int wait() {
        int status = -1;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return status;
    }

private:
    pid_t pid_;
};

struct Files {
    test::TemporaryDirectory directory;
    std::string path(const char *name) const { return (directory.path() / name).string(); }
    void write(const char *name, const std::string &text) const {
        std::ofstream(path(name)) << text;
        ::chmod(path(name).c_str(), 0600);
    }
    Files() {
        const auto ca = test::certify({.common_name = "CA", .is_ca = true});
        const auto server = test::certify({.common_name = "bench", .dns_names = {"localhost"}}, &ca);
        write("ca.pem", ca.certificate);
        write("server.pem", server.certificate);
        write("server.key", server.key);
    }
};

} // namespace rpctls::bench
