// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/server/serving_thread.hpp"

#include <exception>

namespace rpctls::server {

ServingThread::ServingThread(Hall &hall, std::shared_ptr<IoLoop> loop)
    : hall_(hall), loop_(std::move(loop)) {}

Result<std::unique_ptr<ServingThread>> ServingThread::open(Hall &hall) {
    auto loop = IoLoop::open();
    if (!loop)
        return std::move(loop).error();
    return std::unique_ptr<ServingThread>(new ServingThread(hall, std::move(*loop)));
}

ServingThread::~ServingThread() {
    join();
}

void ServingThread::start() {
    thread_ = std::thread([this] { loop_->run(); });
}

void ServingThread::join() {
    if (thread_.joinable())
        thread_.join();
}

void ServingThread::take_in(Acceptor::Guest guest) {
    auto kept = std::make_shared<Acceptor::Guest>(std::move(guest));
    loop_->post([this, kept] { admit(std::move(*kept)); });
}

void ServingThread::admit(Acceptor::Guest guest) {
    const auto connection =
        std::make_shared<ServedConnection>(hall_, loop_, std::move(guest), [this](ServedConnection &ended) {
            connections_.erase(&ended);
            finish_if_drained();
        });
    connections_.emplace(connection.get(), connection);
    connection->begin();
}

void ServingThread::for_all(void (ServedConnection::*what)()) {
    // It may be gone after that, and no other.
    for (auto next = connections_.begin(); next != connections_.end();) {
        const auto connection = (next++)->second;
        (connection.get()->*what)();
    }
}

void ServingThread::recheck() {
    loop_->post([this] { for_all(&ServedConnection::recheck); });
}

void ServingThread::drain(IoLoop::Clock::time_point until) {
    loop_->post([this, until] {
        draining_ = true;
        loop_->set_deadline(alarm_, until);
        for_all(&ServedConnection::drain);
        finish_if_drained();
    });
}

void ServingThread::finish_if_drained() {
    if (draining_ && connections_.empty())
        loop_->finish();
}

} // namespace rpctls::server
