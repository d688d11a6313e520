// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/base/file_name.hpp"

#include "rpc/base/text.hpp"

namespace rpctls {

std::string file_name_for(std::string_view text) {
    std::string name;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == ':' ||
                           c == '_' || (c == '.' && !name.empty());
        if (plain)
            name += c;
        else
            name += "=" + hex(as_bytes(std::string_view(&c, 1)));
    }
    return name;
}

} // namespace rpctls
