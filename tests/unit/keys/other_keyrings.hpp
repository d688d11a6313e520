// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/keys/keyring.hpp"

#include <keyutils.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace rpctls::test {

/// Keyrings that the calling thread does not possess, like the kernel's: its user may link them, and what is on them is
/// for possessors only. They live in the thread keyring of a thread of their own.
class OtherKeyrings {
public:
    OtherKeyrings() : thread_([this] { run(); }) {}
    OtherKeyrings(const OtherKeyrings &) = delete;
    OtherKeyrings &operator=(const OtherKeyrings &) = delete;
    ~OtherKeyrings() {
        ask([this] { ending_ = true; });
        thread_.join();
    }

    keys::Serial keyring(const char *name) {
        return make([&] { return add_key("keyring", name, nullptr, 0, KEY_SPEC_THREAD_KEYRING); },
                    KEY_POS_ALL | KEY_USR_ALL);
    }
    keys::Serial key(keys::Serial keyring, const std::string &description, std::string_view payload) {
        return make(
            [&] { return add_key("user", description.c_str(), payload.data(), payload.size(), keyring); },
            KEY_POS_ALL | KEY_USR_VIEW);
    }

private:
    keys::Serial make(const std::function<key_serial_t()> &add, key_perm_t permissions) {
        keys::Serial made = -1;
        ask([&] {
            made = add();
            if (made > 0 && keyctl_setperm(made, permissions) != 0)
                made = -1;
        });
        if (made < 0)
            throw std::runtime_error("these tests need kernel keyrings, and this kernel refuses them here");
        return made;
    }

    void ask(std::function<void()> task) {
        std::unique_lock lock(lock_);
        task_ = std::move(task);
        changed_.notify_all();
        changed_.wait(lock, [this] { return !task_; });
    }

    void run() {
        std::unique_lock lock(lock_);
        while (!ending_) {
            changed_.wait(lock, [this] { return static_cast<bool>(task_); });
            task_();
            task_ = nullptr;
            changed_.notify_all();
        }
    }

    std::mutex lock_;
    std::condition_variable changed_;
    std::function<void()> task_;
    bool ending_ = false;
    std::thread thread_;
};

} // namespace rpctls::test
