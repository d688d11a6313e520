// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpctls/server.hpp"

#include "rpc/face/params.hpp"
#include "rpc/server/listen.hpp"
#include "rpc/server/serving.hpp"
#include "rpc/server/settings_of.hpp"

namespace rpctls {

using server::Serving;

Server::Server(std::unique_ptr<server::Serving> serving) : serving_(std::move(serving)) {}
Server::Server(Server &&) noexcept = default;
Server &Server::operator=(Server &&) noexcept = default;
Server::~Server() = default;

Result<Server> Server::listen(const std::string &address, std::uint16_t port, const rpctls_params *params,
                              Options options) {
    auto listener = server::listen_on(address, port);
    if (!listener)
        return std::move(listener).error();
    return listen(listener->release(), params, std::move(options));
}

Result<Server> Server::listen(const std::string &address, std::uint16_t port, const rpctls_params *params) {
    return listen(address, port, params, Options{});
}

Result<Server> Server::listen(int fd, const rpctls_params *params, Options options) {
    Fd listener(fd);
    auto serving = std::make_unique<Serving>(
        server::settings_of(params != nullptr ? *params : rpctls_params()), std::move(options));
    if (auto opened = serving->open(std::move(listener)); !opened)
        return std::move(opened).error();
    return Server(std::move(serving));
}

std::uint16_t Server::port() const {
    return serving_->port();
}

void Server::handle(std::uint32_t program, std::uint32_t version, Handler handler) {
    serving_->hall().handle(program, version, std::move(handler));
}

Status Server::start() {
    return serving_->start();
}

void Server::stop() noexcept {
    serving_->stop();
}

void Server::wait() {
    serving_->wait();
}

Status Server::reload() {
    return serving_->reload();
}

std::size_t Server::connections() const {
    return serving_->hall().context.connections();
}

} // namespace rpctls
