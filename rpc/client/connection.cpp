// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpctls/connection.hpp"

#include "rpc/client/connection_loop.hpp"

namespace rpctls {

class Connection::Impl {
public:
    explicit Impl(std::unique_ptr<client::ConnectionLoop> started) : loop(std::move(started)) {}
    std::unique_ptr<client::ConnectionLoop> loop;
};

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const std::string &host, std::uint32_t program,
                                                     std::uint32_t version, const rpctls_params &params,
                                                     ConnectionOptions options) {
    if (host.empty() || options.calls_in_flight == 0 || options.calls_in_flight > 65536 ||
        options.calls_outstanding == 0 || options.octets_outstanding == 0)
        return Error{Stage::input, "argument-invalid",
                     "a connection needs a host, and room for calls: 1 to 65536 in flight, 1 outstanding"};
    if (!params.port)
        return Error{Stage::input, "port-missing", "a connection needs to know a port"}.advise(
            "rpctls_params_set_port(): the program's own, or 0 to ask rpcbind in clear");
    auto target = client::target_of(host.c_str(), program, version, params);
    if (!target)
        return std::move(target).error();
    auto loop =
        client::ConnectionLoop::start(std::move(*target), *params.port, params.serving, std::move(options));
    if (!loop)
        return std::move(loop).error();
    return std::unique_ptr<Connection>(new Connection(std::make_unique<Impl>(std::move(*loop))));
}

Result<CallId> Connection::call(CallRequest call, Completion done) {
    return impl_->loop->call(std::move(call), std::move(done));
}

std::future<Result<CallReply>> Connection::call(CallRequest call, CallId *id) {
    auto promise = std::make_shared<std::promise<Result<CallReply>>>();
    auto future = promise->get_future();
    auto taken = impl_->loop->call(
        std::move(call), [promise](Result<CallReply> result) { promise->set_value(std::move(result)); });
    if (!taken)
        promise->set_value(std::move(taken).error());
    else if (id != nullptr)
        *id = *taken;
    return future;
}

void Connection::cancel(CallId id) {
    impl_->loop->cancel(id);
}

std::shared_ptr<const rpctls_session> Connection::session() const {
    return impl_->loop->session();
}

ConnectionStatistics Connection::statistics() const {
    return impl_->loop->statistics();
}

} // namespace rpctls
