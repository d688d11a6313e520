// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/server_name.hpp"

#include "rpc/base/text.hpp"

namespace rpctls {

std::string bare_host(std::string_view host, bool scoped) {
    std::string bare(host);
    if (bare.starts_with('[')) {
        const auto end = bare.find(']');
        if (end != std::string::npos)
            bare = bare.substr(1, end - 1) + bare.substr(end + 1);
    }
    if (!scoped && bare.find(':') != std::string::npos)
        bare = bare.substr(0, bare.find('%'));
    return bare;
}

std::string normal_server_name(std::string_view name) {
    std::string text = lower_case(bare_host(name, true));
    if (text.size() > 1 && text.back() == '.')
        text.pop_back();
    return text;
}

} // namespace rpctls
