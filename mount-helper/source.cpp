// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mount-helper/source.hpp"

#include "rpc/base/text.hpp"

namespace rpctls::mount_helper {

namespace {

Error invalid(std::string_view text, std::string what) {
    return Error{Stage::input,
                 "source-invalid",
                 std::move(what),
                 {{"given", printable(text)}},
                 "write SERVER:/PATH, with an IPv6 address in brackets: [2001:db8::7]:/export"};
}

} // namespace

std::string to_string(const Source &source) {
    const bool brackets = source.host.find(':') != std::string::npos;
    return (brackets ? "[" + source.host + "]" : source.host) + ":" + source.path;
}

Result<Source> parse_source(std::string_view text) {
    if (text.starts_with("nfs://"))
        return invalid(text, "URLs cannot be mounted");
    Source source;
    if (text.starts_with('[')) {
        const auto end = text.find("]:");
        if (end == std::string_view::npos)
            return invalid(text, "the address that begins with [ has no end");
        source.host = text.substr(1, end - 1);
        source.path = text.substr(end + 2);
    } else {
        const auto colon = text.find(':');
        if (colon == std::string_view::npos || text.find('/') < colon)
            return invalid(text, "no server is named in what to mount");
        source.host = text.substr(0, colon);
        source.path = text.substr(colon + 1);
    }
    if (source.host.empty())
        return invalid(text, "no server is named in what to mount");
    if (source.host.find(',') != std::string::npos)
        return Error{Stage::input,
                     "several-servers",
                     "only one server can be named for a mount with TLS",
                     {{"given", printable(source.host)}},
                     "name the one whose certificate is to be verified"};
    return source;
}

} // namespace rpctls::mount_helper
