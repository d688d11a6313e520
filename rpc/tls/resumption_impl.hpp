// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "rpc/tls/gnutls_handles.hpp"
#include "rpc/tls/resumption.hpp"

#include <map>

namespace rpctls::tls {

using AntiReplay = Owner<gnutls_anti_replay_t, gnutls_anti_replay_deinit>;

struct TicketKeys::Impl {
    explicit Impl(Limits within);

    /// The present key; makes a new one when its time has come.
    Secret key();
    void rotate(); ///< under the lock, or before anybody else knows of this
    /// False: it is known, or there are too many.
    bool remember(std::string hello, std::chrono::steady_clock::time_point now);

    const Limits limits;
    /// Held while GnuTLS reads a hello with early data, too: what it keeps in `anti_replay` has no lock of its own.
    std::recursive_mutex mutex;
    Secret present;
    std::chrono::steady_clock::time_point made{};
    AntiReplay anti_replay;
    std::map<std::string, std::chrono::steady_clock::time_point> hellos; ///< and when each may be forgotten
};

/// What is read of a NewSessionTicket (RFC 8446 section 4.6.1) beside what GnuTLS keeps to itself.
struct TicketTerms {
    std::chrono::seconds lifetime{};
    std::uint32_t early_data = 0; ///< 0 without that extension
};
/// Absent when that is no such message.
std::optional<TicketTerms> read_ticket_terms(std::span<const std::byte> body);

} // namespace rpctls::tls
