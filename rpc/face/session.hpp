// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/session.hpp"

#include <memory>
#include <string>
#include <vector>

/// What rpctls.h tells of a session, whoever made it: the agent, a CLIENT, a SVCXPRT.
struct rpctls_session {
    rpctls::tls::SessionFacts facts;
    std::string alpn;
    std::string psk_identity;
    rpctls::tls::CertificateInfo peer; ///< with all text printable; empty without one
    std::vector<std::byte> channel_binding;
    bool in_kernel = false;
};

namespace rpctls::face {

std::unique_ptr<rpctls_session> make_session(tls::SessionFacts facts,
                                             std::span<const std::byte> channel_binding, bool in_kernel);

} // namespace rpctls::face
