// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/accounts.hpp"
#include "agent/control.hpp"
#include "agent/plan.hpp"

#include "rpc/client/agent_handshake_message.hpp"
#include "rpc/tls/settings.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rpctls::agent {

/// Which programs may have which handshakes performed: [service] and [service.NAME] of rpctls.conf. A value; names were
/// looked up when it was made. Root may everything, and nobody else may what no section allows.
class ServicePolicy {
public:
    /// What is misspelt without giving anybody more than was meant is a warning. Error (stage config): config-value.
    static Result<ServicePolicy> make(const tls::Settings &settings, const Accounts &accounts);

    /// Error (stage config): service-not-allowed.
    Status check(const ControlSender &sender, const client::AgentHandshakeRequest &request) const;

    std::size_t most_per_user() const { return most_per_user_; }
    /// What the sections name, to be loaded before anybody asks.
    std::set<std::pair<Role, std::string>> identities() const;
    const std::vector<std::string> &warnings() const { return warnings_; }
    /// A line for each section.
    std::string describe() const;

private:
    struct Rule {
        std::string section;
        bool any_user = false;
        std::set<uid_t> users;
        std::set<gid_t> groups;
        bool client = true;
        bool server = false;
        bool anonymous = true;   ///< identity=none, the default
        bool configured = false; ///< identity=configured
        std::set<std::string> identities;

        bool is_for(const ControlSender &sender) const;
        bool allows(const client::AgentHandshakeRequest &request) const;
    };
    class Reader;

    std::string origin_;
    std::vector<Rule> rules_;
    std::size_t most_per_user_ = 16;
    std::vector<std::string> warnings_;
};

/// The named identities in the sections, whether there are such or not: whose files are watched.
std::set<std::string> service_identities(const tls::Settings &settings);

} // namespace rpctls::agent
