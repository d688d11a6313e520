// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/background.hpp"

#include <pthread.h>
#include <signal.h>

namespace rpctls::agent {

Background::Background() : context_(1), work_(context_.get_executor()) {
    // Signals are the main thread's.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "files");
        context_.run();
    });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Background::~Background() {
    context_.stop();
    thread_.join();
}

void Background::run(std::function<void()> task) {
    asio::post(context_, std::move(task));
}

} // namespace rpctls::agent
