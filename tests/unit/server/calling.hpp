// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpctls/clnt.h"
#include "rpctls/parameters.hpp"
#include "tests/unit/server/svc_fixture.hpp"

#include <memory>
#include <string>

/// Programs that call a server of the fixtures through the C face.
namespace rpctls::test {

using Params = Parameters;

struct ClientDeleter {
    void operator()(CLIENT *client) const { clnt_destroy(client); }
};
using Client = std::unique_ptr<CLIENT, ClientDeleter>;

inline Params calling(std::uint16_t port) {
    Params params(rpctls_params_new());
    rpctls_params_set_port(params.get(), port);
    rpctls_params_set_timeout(params.get(), 5000);
    return params;
}

inline Client create(const Params &params) {
    return Client(clnt_tls_create("127.0.0.1", program, 1, params.get()));
}

/// "ok" when the handle is there and a call goes through it; else the name of the error.
inline std::string outcome(const Client &client) {
    const timeval patience{5, 0};
    if (client &&
        clnt_call(client.get(), proc_null, nothing, nullptr, nothing, nullptr, patience) == RPC_SUCCESS)
        return "ok";
    return rpctls_last_error() != nullptr ? rpctls_error_name(rpctls_last_error()) : "none";
}

} // namespace rpctls::test
